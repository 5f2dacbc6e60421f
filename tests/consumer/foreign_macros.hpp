// Macros that Xlib.h, X.h, windows.h, Qt and older C libraries define, as they stand before a program's other headers.
// The standard library is included first: what it does among them is not ours.
#include <bits/stdc++.h>

// clang-format off
#define None 0L
#define Success 0
#define Status int
#define Bool int
#define True 1
#define False 0
#define Always 2
#define Complex 0
#define Convex 2
#define Above 0
#define Below 1
#define Unsorted 0
#define KeyPress 2
#define FocusIn 9
#define CursorShape 0
#define Expose 12
#define CurrentTime 0L
#define min(a,b) ((a)<(b)?(a):(b))
#define max(a,b) ((a)>(b)?(a):(b))
#define near
#define far
#define small char
#define interface struct
#define ERROR 0
#define IN
#define OUT
#define OPTIONAL
#define DELETE 0x10000
#define CONST const
#define VOID void
#define TRUE 1
#define FALSE 0
#define NEAR
#define FAR
#define PASCAL
#define CALLBACK
#define STRICT 1
#define IGNORE 0
#define TRANSPARENT 1
#define OPAQUE 2
#define ABSOLUTE 1
#define RELATIVE 2
#define CreateWindow CreateWindowA
#define LoadImage LoadImageA
#define GetObject GetObjectA
#define SendMessage SendMessageA
#define DrawText DrawTextA
#define Yield()
#define linux 1
#define unix 1
#define major(x) x
#define minor(x) x
#define slots
#define signals public
#define emit
#define foreach(a,b) for(a:b)
#define check(x) x
#define verify(x) x
#define require(x) x
