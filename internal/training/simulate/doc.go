// Package simulate makes inert malicious changes of npm packages, and risky-looking
// legitimate ones, for training and checking classifiers.
//
// Nothing is executed and nothing is written to disk: a change is a [Package] in
// memory. What it would do if it were installed fails: hosts end in ".invalid"
// (RFC 6761) or are addresses reserved for documentation (RFC 5737), what is
// written or removed lies below the folder [Marker], which does not exist, markers
// in request headers are spelled as Node.js never hands them out, and swapped
// addresses have a length that no wallet accepts.
//
// The forms were written from public reports on npm malware, without looking at
// the detectors of this program. docs/simulation.md says what they leave out.
//
// FROZEN: the output for a seed is part of the measurements that used it. Any
// change of it increases [Version]; a test pins its digest.
package simulate

// Version is the number of the generator's output.
const Version = 1

// Marker is the folder below which everything lies that simulated code writes,
// renames or removes. It does not exist.
const Marker = "inert-simulation-no-such-folder"
