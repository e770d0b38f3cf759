// Package oracletest compares the decision tree and naive Bayes of package
// training with golearn's. It is a module of its own: golearn requires dozens
// of modules that the program does not need.
//
// golearn trains nothing that the program uses: its tree takes whichever
// attribute a map lists first among equals, and its naive Bayes fails where a
// class has no positive value at all.
package oracletest
