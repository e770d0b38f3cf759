package javascript

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func inline(name, text string) (list []string) {
	for _, s := range InlineScripts(name, text) {
		entry := s.Text
		if s.TypeScript {
			entry += " as TypeScript"
		}
		list = append(list, entry)
	}
	return list
}

func TestInlineScripts(t *testing.T) {
	for _, test := range []struct {
		name, file, text string
		want             []string
	}{
		{"script", "a.html", `<p>b</p><script>x()</script><p><script>y()</script>`, []string{"x()", "y()"}},
		{"upper case", "a.html", "<SCRIPT>x()</ScRiPt>y()<script\n>z()</script\t>", []string{"x()", "z()"}},
		{"attributes", "a.html", `<script async defer=defer type="module" nonce='a>b' data-x=y/>x()</script>`, []string{"x()"}},
		{"types", "a.html", `<script type="text/javascript">a</script><script type=application/javascript>b</script><script type='text/ecmascript; charset=utf-8'>c</script>` +
			`<script type="application/json">d</script><script type="text/template">e</script><script type="importmap">f</script><script type="">g</script><script type=" MODULE ">h</script>` +
			`<script type="text/x-javascript">i</script><script type="text/javascript1.5">j</script><script type="text/java&#115;cript">k</script><script type="text/plain" type="module">l</script>`,
			[]string{"a", "b", "c", "g", "h", "i", "j", "k"}},
		{"TypeScript", "a.vue", `<script setup lang="ts">a</script><script lang='tsx'>b</script><script type="text/typescript">c</script><script lang="js">d</script>`,
			[]string{"a as TypeScript", "b as TypeScript", "c as TypeScript", "d"}},
		{"source elsewhere", "a.html", `<script src="a.js">x()</script><script src>y()</script><script data-src="b">z()</script>`, []string{"z()"}},
		{"no slash in HTML", "a.html", `<script/>x()</script>`, []string{"x()"}},
		{"slash in SVG", "a.svg", `<svg><script href="a"/><script>x()</script></svg>`, []string{"x()"}},
		{"slash in Vue", "a.vue", `<script src="a"/><script >x()</script>`, []string{"x()"}},
		{"not closed", "a.html", `<script>x()</script x><script>y()`, []string{"x()", "y()"}},
		{"tag not closed", "a.html", `<script type="module`, nil},
		{"similar names", "a.html", `<scripts>x()</scripts><script-a>y()</script-a></script><noscript><script>z()</script></noscript>`, nil},
		{"similar end", "a.html", `<script>x("</scripts>", "</ script>", "<\/script>")</script>`, []string{`x("</scripts>", "</ script>", "<\/script>")`}},
		{"space around", "a.html", "<script>\n  x()\n\t</script><script> \n</script>", []string{"x()"}},
		{"commented out", "a.html", `<!-- <script>x()</script> --><!--> <script>y()</script> <!---><script>z()</script><!-- a --!><script>w()</script><!-- <script>v()</script>`,
			[]string{"y()", "z()", "w()"}},
		{"dashes", "a.html", `<!-- a --- b ---><script>x()</script>`, []string{"x()"}},
		{"comment in a script", "a.html", `<script><!-- x("</script><p>"); y() --></script><script>z()</script>`, []string{`<!-- x("`, "z()"}},
		{"script in a comment in a script", "a.html", `<script><!-- x("<script>a</script>"); y() --></script><script>z()</script>`, []string{`<!-- x("<script>a</script>"); y() -->`, "z()"}},
		{"short comment in a script", "a.html", `<script><!--> "<script>" </script><script>z()</script>`, []string{`<!--> "<script>"`, "z()"}},
		{"declarations", "a.html", `<!DOCTYPE html><?xml version="1.0"?></ bogus><script>x()</script>`, []string{"x()"}},
		{"raw text", "a.html", `<style>a::before { content: "<script>x()</script>" }</style><textarea><script>y()</script></TEXTAREA ><title><script>z()</script></title><script>w()</script>`, []string{"w()"}},
		{"raw text not closed", "a.html", `<title><script>x()</script>`, nil},
		{"markup in SVG", "a.svg", `<svg><style><script>x()</script></style><title><script>y()</script></title></svg>`, []string{"x()", "y()"}},
		{"SVG in HTML", "a.html", `<svg><style><script>x()</script></style></svg>`, []string{"x()"}},
		{"CDATA", "a.svg", `<svg><script type="text/ecmascript"><![CDATA[ x("<b>") ]]></script><![CDATA[<script>y()</script>]]></svg>`, []string{` x("<b>") `}},
		{"text", "a.html", `a < b <3 <script>x()</script> & c <`, []string{"x()"}},
		{"handlers", "a.html", `<img src=x onerror="x()" onLoad='y("a")' alt="onclick" onclick=z() on="a" one=b once=c><b onclick="">`, []string{"x()", `y("a")`, "z()"}},
		{"references", "a.html", `<b onclick="x(&quot;a&quot;, &#39;b&#x27, 1 &lt; 2 &amp;&amp; 3 &gt 4, &unknown; &#xffffffff;)">`, []string{`x("a", 'b', 1 < 2 && 3 &gt 4, &unknown; &#xffffffff;)`}},
		{"URLs", "a.html", `<a href="javascript:x()"><a href=" JaVa&#10;Script:y(%27a%27)"><iframe src='javascript&colon;z()'><a href="https://a.invalid/javascript:b"><a title="javascript">`,
			[]string{"x()", "y('a')", "z()"}},
		{"templates", "a.vue", `<template><b @click="x()" v-on:input="y($event)" :c="d" v-if="e"></template>`, []string{"x()", "y($event)"}},
		{"braces", "a.svelte", `<script lang="ts">a</script><b on:click={() => x({a: "}"})} {...c} {d} onkeyup={y} style="e">{#if f}<script>z()</script>{/if}`,
			[]string{"a as TypeScript", `() => x({a: "}"})`, "y", "z()"}},
		{"braces in HTML", "a.html", `<b title={ onclick=x()><script>y()</script>}`, []string{"x()", "y()"}},
		{"braces not closed", "a.svelte", `<b onclick={ x(<script>y()</script>`, nil},
		{"no markup", "a.html", "x()", nil},
		{"nothing", "a.html", "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, inline(test.file, test.text)); diff != "" {
				t.Errorf("scripts differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestInlinePositions(t *testing.T) {
	page := Text("a.html", []byte("\ufeff<p>é</p>\n<script>\n  x()</script><b onclick = \"y()\"><a href='javascript: z()'>"))
	if page.Uses(); !page.Unread() || page.Tree() {
		t.Error("a page is read as a script")
	}
	var got []string
	for _, s := range InlineScripts(page.Name, page.Text) {
		line, column := page.Position(s.Pos)
		got = append(got, fmt.Sprintf("%d:%d %s|%s", line, column, s.Text, page.Text[s.Pos:s.Pos+len(s.Text)]))
	}
	want := []string{"3:3 x()|x()", "3:29 y()|y()", `3:54  z()| z()`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("scripts differ (-want +got):\n%s", diff)
	}
}

func TestInlineBounds(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("<script>x()</script>", MaxInline+10), strings.Repeat("<b onclick=x()>", MaxInline+10),
		"<b " + strings.Repeat("onclick=x() ", 1<<20) + ">", strings.Repeat("<script><!--", 1<<20), strings.Repeat("<!--", 1<<20),
		strings.Repeat("<title>", 1<<20), strings.Repeat("</script", 1<<20), "<script>" + strings.Repeat("</", 1<<20), strings.Repeat("<a b='", 1<<20),
		strings.Repeat("<a ", 1<<20), "<svg>" + strings.Repeat("<script>", 1<<20), strings.Repeat("<a {", 1<<18), "<a b='" + strings.Repeat("&#", 1<<20) + "'>",
		"<a onclick='" + strings.Repeat("&#0", 1<<20) + "'>", strings.Repeat("<script ", 1<<20), strings.Repeat("<!-- --!", 1<<20), strings.Repeat("<![CDATA[", 1<<20),
	} {
		for _, name := range []string{"a.html", "a.svg", "a.svelte"} {
			if n := len(InlineScripts(name, text)); n > MaxInline {
				t.Errorf("%.20q in %s: %d scripts", text, name, n)
			}
		}
	}
}
