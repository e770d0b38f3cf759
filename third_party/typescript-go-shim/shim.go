// Package shim opens the parser of typescript-go, which lies in internal
// packages, to this repository. Its module path begins with
// github.com/microsoft/typescript-go/ so that Go's rule for internal packages
// lets it import them. It holds aliases and thin wrappers and no logic of its
// own; docs/decisions/ has the reasons.
package shim

import (
	"github.com/microsoft/typescript-go/internal/ast"
	"github.com/microsoft/typescript-go/internal/core"
	"github.com/microsoft/typescript-go/internal/parser"
	"github.com/microsoft/typescript-go/internal/scanner"
)

// The parser's types.
type (
	Node       = ast.Node
	NodeList   = ast.NodeList
	NodeFlags  = ast.NodeFlags
	SourceFile = ast.SourceFile
	Diagnostic = ast.Diagnostic
	Kind       = ast.Kind
	ScriptKind = core.ScriptKind
)

// The languages a text may be parsed as.
const (
	ScriptKindJS  = core.ScriptKindJS
	ScriptKindJSX = core.ScriptKindJSX
	ScriptKindTS  = core.ScriptKindTS
	ScriptKindTSX = core.ScriptKindTSX
)

// The flags of a node.
const (
	// NodeFlagsReparsed marks nodes that stand for no text of their own.
	NodeFlagsReparsed = ast.NodeFlagsReparsed
	// NodeFlagsBlockScoped marks declarations with let, const and using.
	NodeFlagsBlockScoped = ast.NodeFlagsBlockScoped
)

// Parse parses a text. The name must be an absolute, normalized path; its
// suffix says whether the text is a declaration file.
func Parse(name, text string, kind ScriptKind) *SourceFile {
	return parser.ParseSourceFile(ast.SourceFileParseOptions{FileName: name}, text, kind)
}

// SkipTrivia returns the offset of the first token at or behind pos.
func SkipTrivia(text string, pos int) int { return scanner.SkipTrivia(text, pos) }
