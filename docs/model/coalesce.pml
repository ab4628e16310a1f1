/* coalesce.pml: files that a committer makes of staged ones before it commits, and when those may be deleted (architecture.md, 5).
 *
 * Two manifests of one line are staged in order; each names one file with one record. Two committers read manifests, then the log,
 * coalesce what they take (or do not), commit on condition of the version, settle what the log covers, and then delete what their
 * own commit has made superfluous. Each may die before any step; a put may be answered late, lost, or carried out later.
 * Vacuum lists an object, reads manifests, then the log, then deletes; it lists no object that a living committer holds (younger
 * than a day; a committer forgets what it has coalesced after ten minutes).
 *
 * Checked always: each record that the log's txn covers is in exactly one live file, every live file is there, and so is every
 * file that a manifest names and the log does not cover.
 *
 * Mutations: DELETE_EARLY            sources are deleted as soon as they are coalesced
 *            DELETE_ANY_COVER        sources are deleted once the log covers them, whoever committed
 *            DELETE_ON_UNKNOWN       an answer that did not come counts as a commit
 *            REUSE_PARTIAL           what was coalesced is used though some of its sources are covered meanwhile
 *            KEEP_OLD                what was coalesced is used however old it is
 *            NO_AGE                  vacuum takes objects of any age
 *
 * Spin 6.5.2 (apt-get install spin gcc); without a mutation 36 million states and no error, with each of them one:
 *   spin -a [-DDELETE_EARLY …] coalesce.pml && gcc -O2 -DSAFETY -DHC4 -DMEMLIM=4000 -o pan pan.c && ./pan -m1000000 -w24
 * What it does not have: writers that replace a version by a plain put.
 */
#define NK 10
#ifndef ATTEMPTS
#define ATTEMPTS 2
#endif
#ifdef NO_AGE
#define LISTED(k) (there[k])
#else
#define LISTED(k) (there[k] && held[k] == 0)
#endif
#ifdef KEEP_OLD
#define FORGET    held[bin]--; old = 1
#else
#define FORGET    held[bin]--; bin = 0
#endif
#ifdef DELETE_ON_UNKNOWN
#define UNKNOWN   committed = (bin > 0 && a == bin)
#else
#define UNKNOWN   skip
#endif
#ifdef REUSE_PARTIAL
#define USABLE    (upTo == 2)
#else
#define USABLE    (first == 1 && upTo == 2)
#endif
#ifdef DELETE_ANY_COVER
#define OURS      (bin > 0)
#else
#define OURS      (bin > 0 && committed)
#endif

bit there[NK], live[NK];
byte held[NK];                  /* why the object is younger than a day: a committer, or a put under way */
byte holds[NK];                 /* records of a file: a mask */
byte nonce = 3;                 /* keys 1 and 2 are the staged files */
byte version, txn;              /* the log */
byte stagedUpTo;                /* manifests staged so far */
bit manifest[3];                /* present in the ledger */

/* One version: adds of the keys, txn moved. */
inline Land(a, b, upTo) {
  if :: a > 0 -> live[a] = 1 :: else fi;
  if :: b > 0 -> live[b] = 1 :: else fi;
  txn = upTo; version++
}

active proctype Stager() {
  do
  :: stagedUpTo < 2 -> atomic { stagedUpTo++; there[stagedUpTo] = 1; holds[stagedUpTo] = stagedUpTo; manifest[stagedUpTo] = 1 }
  :: else -> break
  od
}

proctype Committer() {
  byte v, t, first, upTo, bin, a, b, left = ATTEMPTS;
  bit m1, m2, old;
  bit committed;                /* this process was told that its commit with `bin` is in the log */
  bit pending;                  /* a put that nobody answered, and that may still come to be */
  byte pv, pa, pb, pUpTo;
  do
  :: pending -> /* the late put arrives, or never will */
     atomic { pending = 0; if :: version == pv -> Land(pa, pb, pUpTo) :: skip fi;
              if :: pa > 2 -> held[pa]-- :: else fi; pa = 0; pb = 0; pv = 0; pUpTo = 0 }
  :: !pending -> /* dies, or its invocation ends: whoever comes next knows nothing */
     atomic { if :: bin > 0 && !old -> held[bin]-- :: else fi; goto over }
  :: left > 0 ->
     m1 = manifest[1]; m2 = manifest[2];
     atomic { v = version; t = txn }
     if /* settle what the log covers, then delete */
     :: (t >= 1 && m1) || (t >= 2 && m2) ->
        atomic { if :: t >= 1 -> manifest[1] = 0 :: else fi; if :: t >= 2 -> manifest[2] = 0 :: else fi }
        if
        :: t >= 2 && m1 && m2 && OURS -> there[1] = 0; there[2] = 0
        :: else
        fi
     :: else
     fi;
     atomic { /* place: what continues the log without a gap */
       first = t + 1; upTo = t;
       if :: upTo == 0 && m1 -> upTo = 1 :: else fi;
       if :: upTo == 1 && m2 -> upTo = 2 :: else fi
     }
     if
     :: upTo == t -> left = 0
     :: else -> left--;
        if /* coalesce: sources are there to be read, or it fails and the commit goes on without */
        :: bin == 0 && first == 1 && upTo == 2 && there[1] && there[2] && nonce < NK ->
           atomic { bin = nonce; nonce++; held[bin] = 1; holds[bin] = 3 }
           there[bin] = 1;
#ifdef DELETE_EARLY
           there[1] = 0; there[2] = 0;
#endif
        :: skip
        fi;
        if /* ten minutes pass, and more */
        :: bin > 0 && !old -> atomic { FORGET }
        :: skip
        fi;
        atomic { /* plan */
          if
          :: bin > 0 && USABLE -> a = bin; b = 0
          :: else -> a = first; b = (upTo > first -> upTo : 0)
          fi }
        if /* put if absent */
        :: atomic { version == v -> Land(a, b, upTo); committed = (bin > 0 && a == bin) }
        :: version != v                                       /* conflict */
        :: atomic { version == v -> Land(a, b, upTo); UNKNOWN }   /* done, but nobody is told */
        :: atomic { !pending -> pending = 1; pv = v; pa = a; pb = b; pUpTo = upTo;
                    if :: pa > 2 -> held[pa]++ :: else fi; UNKNOWN }
        fi
     fi
  od;
over: skip
}

init { atomic { run Committer(); run Committer() } }

active proctype Vacuum() {
  byte k, round; bit keepManifest, keepLog;
  do
  :: round < 2 ->
     atomic { round++; k = 1; do :: k < NK - 1 -> k++ :: break od;
       if :: LISTED(k) -> skip :: else -> goto next fi }
     atomic { keepManifest = (k == 1 && manifest[1]) || (k == 2 && manifest[2]) }
     keepLog = live[k];
     if :: !keepManifest && !keepLog -> there[k] = 0 :: else fi;
next: atomic { k = 0; keepManifest = 0; keepLog = 0 }
  :: break
  od
}

active proctype Monitor() {
  byte k, seen;
  d_step {
    k = 1;
    do
    :: k < NK ->
       if
       :: live[k] -> assert(there[k]); assert((seen & holds[k]) == 0); seen = seen | holds[k]
       :: else
       fi;
       k++
    :: else -> break
    od;
    assert(txn < 1 || (seen & 1)); assert(txn < 2 || (seen & 2));
    assert(!manifest[1] || txn >= 1 || there[1]);
    assert(!manifest[2] || txn >= 2 || there[2])
  }
}
