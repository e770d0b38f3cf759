package tarball

import (
	"strings"
	"testing"

	"github.com/amalfi-audit/audit/internal/npm"
)

func TestSniff(t *testing.T) {
	pe := func(offset byte, signature string) string {
		return "MZ" + strings.Repeat("\x00", 0x3a) + string([]byte{offset, 0, 0, 0}) + strings.Repeat("\x00", 0x40) + signature
	}
	tests := []struct {
		name string
		head string
		want npm.Content
	}{
		{"empty", "", npm.ContentText},
		{"script", "#!/usr/bin/env node\n", npm.ContentText},
		{"accents", "été\n", npm.ContentText},
		{"rune cut at the end", strings.Repeat("x", 20) + "\xe2\x82", npm.ContentText},
		{"Latin-1", strings.Repeat("plain text ", 10) + "\xe9", npm.ContentText},
		{"UTF-16 with mark", "\xff\xfea\x00b\x00", npm.ContentText},
		{"UTF-16 without mark", "a\x00b\x00", npm.ContentBinary},
		{"random", "\x81\x92\xf3\xe4\x95\x86", npm.ContentBinary},
		{"image", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", npm.ContentBinary},
		{"ELF", "\x7fELF\x02\x01\x01", npm.ContentELF},
		{"Mach-O 32", "\xce\xfa\xed\xfe", npm.ContentMachO},
		{"Mach-O 64", "\xcf\xfa\xed\xfe", npm.ContentMachO},
		{"Mach-O 64, big endian", "\xfe\xed\xfa\xcf", npm.ContentMachO},
		{"Mach-O universal", "\xca\xfe\xba\xbe\x00\x00\x00\x02", npm.ContentMachO},
		{"Mach-O universal 64", "\xca\xfe\xba\xbf\x00\x00\x00\x02", npm.ContentMachO},
		{"Java 1.1", "\xca\xfe\xba\xbe\x00\x00\x00\x2d", npm.ContentJava},
		{"Java 21 preview", "\xca\xfe\xba\xbe\xff\xff\x00\x41", npm.ContentJava},
		{"PE", pe(0x80, "PE\x00\x00"), npm.ContentPE},
		{"PE far away", "MZ" + strings.Repeat("\x00", 0x3a) + "\x00\x00\x10\x00", npm.ContentPE},
		{"DOS program", pe(0x80, "NE\x00\x00"), npm.ContentBinary},
		{"text that starts like PE", "MZ = 1;" + strings.Repeat(" ", 100), npm.ContentText},
		{"WebAssembly", "\x00asm\x01\x00\x00\x00", npm.ContentWasm},
		{"gzip", "\x1f\x8b\x08\x00", npm.ContentGzip},
		{"zip", "PK\x03\x04", npm.ContentZip},
		{"empty zip", "PK\x05\x06", npm.ContentZip},
		{"tar", string(file("a", "").bytes()), npm.ContentTar},
		{"text with ustar at 257", strings.Repeat(" ", 257) + "ustar" + strings.Repeat(" ", 300), npm.ContentText},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := sniff([]byte(tt.head)); got != tt.want {
				t.Errorf("sniff = %q, want %q", got, tt.want)
			}
		})
	}
}
