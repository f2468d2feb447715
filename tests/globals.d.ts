// Gives the tests mocha's globals (describe, it, before ...) without naming them in tsconfig.json's "types".
/// <reference types="mocha" />
