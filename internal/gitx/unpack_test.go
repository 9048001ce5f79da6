// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// inputTo runs git and gives its output as bytes.
func inputTo(t testing.TB, dir, in string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %v: %v", args, err)
	}
	return out
}

// deltas makes a repository whose files and folders differ little from one
// another, so that git packs them as deltas.
func deltas(t *testing.T) (dir string, objects []string) {
	t.Helper()
	dir, _ = served(t)
	for i := range 12 {
		for f := range 30 {
			write(t, dir, fmt.Sprintf("d%d/file%d", i, f), fmt.Sprintf("%s\n%d %d\n%s\n", randomText(500), i, f, randomText(900)[300:]))
		}
		commit(t, dir)
	}
	git(t, dir, "tag", "-a", "-m", "a tag", "v1")
	return dir, strings.Fields(git(t, dir, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)"))
}

func TestUnpackReadsWhatGitPacks(t *testing.T) {
	dir, objects := deltas(t)
	for _, flags := range [][]string{nil, {"--delta-base-offset"}, {"--delta-base-offset", "--depth=200", "--window=200"}} {
		args := append([]string{"pack-objects", "--stdout", "-q", "--all", "--revs", "--include-tag", "--no-reuse-delta"}, flags...)
		s := newStore()
		if err := unpack(bytes.NewReader(inputTo(t, dir, "", args...)), s); err != nil {
			t.Fatal(err)
		}
		if len(s.objects) != len(objects) {
			t.Errorf("%v: %d objects, git has %d", flags, len(s.objects), len(objects))
		}
		packed := 0
		contents := inputTo(t, dir, strings.Join(objects, "\n")+"\n", "cat-file", "--batch")
		for _, id := range objects {
			k, text, err := s.get(plumb(t, id))
			if err != nil {
				t.Fatal(err)
			}
			whole := fmt.Appendf(nil, "%s %s %d\n%s\n", id, k, len(text), text)
			if !bytes.HasPrefix(contents, whole) {
				t.Fatalf("%v: %s differs", flags, id)
			}
			contents = contents[len(whole):]
			if s.objects[s.index[plumb(t, id)]].base != noBase {
				packed++
			}
		}
		if packed < 20 {
			t.Errorf("%v: only %d deltas, so this shows little", flags, packed)
		}
	}
}

func TestAThinPackNeedsWhatItWasMadeAgainst(t *testing.T) {
	dir, _ := deltas(t)
	thin := inputTo(t, dir, "HEAD\n^HEAD~3\n", "pack-objects", "--stdout", "-q", "--thin", "--revs")
	old := newStore()
	if err := unpack(bytes.NewReader(inputTo(t, dir, "HEAD~3\n", "pack-objects", "--stdout", "-q", "--revs")), old); err != nil {
		t.Fatal(err)
	}
	s := newStore()
	if err := unpack(bytes.NewReader(thin), s); !errors.Is(err, ErrCorrupt) {
		t.Errorf("without its bases: %v", err)
	}
	s = newStore()
	s.base = func(id ID) (kind, []byte, error) {
		k, text, err := old.get(id)
		return k, []byte(text), err
	}
	if err := unpack(bytes.NewReader(thin), s); err != nil || !s.has(head(t, dir)) {
		t.Errorf("with its bases elsewhere: %v", err)
	}
	if err := unpack(bytes.NewReader(thin), old); err != nil || !old.has(head(t, dir)) {
		t.Errorf("with its bases in the store: %v", err)
	}
}

// Whatever is cut off or flipped in a pack, it is seen.
func TestADamagedPackIsSeen(t *testing.T) {
	dir, _ := served(t)
	for i := range 3 {
		write(t, dir, "a/file", fmt.Sprint(randomText(300), i))
		commit(t, dir)
	}
	pack := inputTo(t, dir, "HEAD\n", "pack-objects", "--stdout", "-q", "--revs", "--delta-base-offset")
	for n := range pack {
		if err := unpack(bytes.NewReader(pack[:n]), newStore()); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut after %d of %d bytes: %v", n, len(pack), err)
		}
		for _, bit := range []byte{1, 0x80} {
			bad := bytes.Clone(pack)
			bad[n] ^= bit
			if err := unpack(bytes.NewReader(bad), newStore()); err == nil {
				t.Errorf("byte %d of %d flipped: no error", n, len(pack))
			}
		}
	}
}

// packed writes a pack of raw entries.
func packed(entries ...[]byte) []byte {
	out := binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), uint32(len(entries)))
	for _, e := range entries {
		out = append(out, e...)
	}
	sum := sha1.Sum(out)
	return append(out, sum[:]...)
}

// rawEntry writes an entry that says it has a size.
func rawEntry(k kind, size int, base, data []byte) []byte {
	head := []byte{byte(k)<<4 | byte(size&15)}
	for size >>= 4; size > 0; size >>= 7 {
		head[len(head)-1] |= 0x80
		head = append(head, byte(size&0x7f))
	}
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	if _, err := w.Write(data); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return append(append(head, base...), z.Bytes()...)
}

func idOf(k kind, data string) []byte {
	sum := sha1.Sum(fmt.Appendf(nil, "%s %d\x00%s", k, len(data), data))
	return sum[:]
}

// appending is a delta that copies its base and adds to it.
func appending(base, more string) []byte {
	out := binary.AppendUvarint(nil, uint64(len(base)))
	out = binary.AppendUvarint(out, uint64(len(base)+len(more)))
	out = append(out, 0x80|0x10, byte(len(base)), byte(len(more)))
	return append(out, more...)
}

func TestDeltasMayComeBeforeWhatTheyDifferFrom(t *testing.T) {
	entry := func(base, more string) []byte {
		d := appending(base, more)
		return rawEntry(refDelta, len(d), idOf(blobKind, base), d)
	}
	s := newStore()
	if err := unpack(bytes.NewReader(packed(entry("abc", "d"), entry("ab", "c"), rawEntry(blobKind, 2, nil, []byte("ab")), entry("abcd", "e"))), s); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ab", "abc", "abcd", "abcde"} {
		if _, text, err := s.get(ID(idOf(blobKind, want))); err != nil || text != want {
			t.Errorf("%s: got %q, %v", want, text, err)
		}
	}
	long, text := [][]byte{rawEntry(blobKind, 1, nil, []byte("a"))}, "a"
	for range 120 {
		d := appending(text, "b")
		long, text = append(long, rawEntry(refDelta, len(d), idOf(blobKind, text), d)), text+"b"
	}
	if err := unpack(bytes.NewReader(packed(long...)), s); err != nil {
		t.Fatal(err)
	}
	if _, got, err := s.get(ID(idOf(blobKind, text))); err != nil || got != text {
		t.Errorf("a long chain: got %q, %v", got, err)
	}
}

func TestPacksThatAskForTooMuch(t *testing.T) {
	zeros := make([]byte, 1<<20)
	huge := binary.AppendUvarint(binary.AppendUvarint(nil, 1), maxObject+1)
	for name, c := range map[string]struct {
		pack []byte
		want error
	}{
		"a huge size":         {packed(rawEntry(treeKind, maxObject+1, nil, nil)), errTooMuch},
		"a huge blob":         {packed(rawEntry(blobKind, maxObject+1, nil, nil)), errTooMuch},
		"a size without end":  {packed(append([]byte{0xb0}, bytes.Repeat([]byte{0xff}, 20)...)), errTooMuch},
		"more than it says":   {packed(rawEntry(treeKind, 10, nil, zeros)), ErrCorrupt},
		"a blob of more":      {packed(rawEntry(blobKind, 10, nil, zeros)), ErrCorrupt},
		"less than it says":   {packed(rawEntry(treeKind, 1<<19, nil, []byte("a"))), io.ErrUnexpectedEOF},
		"a bomb of a delta":   {packed(rawEntry(blobKind, 1, nil, []byte("a")), rawEntry(refDelta, len(huge), idOf(blobKind, "a"), huge)), ErrCorrupt},
		"too many trees":      {packed(rawEntry(treeKind, 1<<20, nil, zeros), rawEntry(tagKind, 1<<20, nil, zeros)), errTooMuch},
		"a kind of nothing":   {packed(rawEntry(5, 1, nil, []byte("a"))), ErrCorrupt},
		"a base ahead":        {packed(rawEntry(ofsDelta, 1, []byte{0}, []byte("a"))), ErrCorrupt},
		"a base before all":   {packed(rawEntry(ofsDelta, 1, []byte{0xff, 0x7f}, []byte("a"))), ErrCorrupt},
		"a base at no object": {packed(rawEntry(blobKind, 1, nil, []byte("a")), rawEntry(ofsDelta, 1, []byte{3}, []byte("a"))), ErrCorrupt},
		"a base that is none": {packed(rawEntry(refDelta, 1, make([]byte, 20), []byte("a"))), ErrCorrupt},
		"more than there are": {append([]byte("PACK\x00\x00\x00\x02\xff\xff\xff\xff"), packed()[12:]...), ErrCorrupt},
		"another version":     {[]byte("PACK\x00\x00\x00\x09\x00\x00\x00\x00"), ErrCorrupt},
		"no pack":             {[]byte("hello, world"), ErrCorrupt},
	} {
		s := newStore()
		s.maxHeld = 1 << 20
		if err := unpack(bytes.NewReader(c.pack), s); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// The two files of https://shattered.io share a hash; one half of each is enough
// for the collision to be seen.
func TestACollisionIsSeen(t *testing.T) {
	prefix := "255044462d312e330a25e2e3cfd30a0a0a312030206f626a0a3c3c2f57696474682032203020522f4865696768742033203020522f547970652034203020522f537562747970652035203020522f46696c7465722036203020522f436f6c6f7253706163652037203020522f4c656e6774682038203020522f42697473506572436f6d706f6e656e7420383e3e0a73747265616d0affd8fffe00245348412d3120697320646561642121212121852fec092339759c39b1a1c63c4c97e1fffe01"
	block := "7f46dc93a6b67e013b029aaa1db2560b45ca67d688c7f84b8c4c791fe02b3df614f86db1690901c56b45c1530afedfb76038e972722fe7ad728f0e4904e046c230570fe9d41398abe12ef5bc942be33542a4802d98b5d70f2a332ec37fac3514e74ddc0f2cc1a874cd0c78305a21566461309789606bd0bf3f98cda8044629a1"
	text, err := hex.DecodeString(prefix + block)
	if err != nil {
		t.Fatal(err)
	}
	s := newStore()
	s.hash.Reset()
	mustHash(s.hash.Write(text))
	if id, err := s.finish(); !errors.Is(err, errCollision) {
		t.Errorf("got %s, %v", id, err)
	}
}

func FuzzUnpack(f *testing.F) {
	d := appending("ab", "c")
	f.Add(packed(rawEntry(blobKind, 2, nil, []byte("ab")), rawEntry(refDelta, len(d), idOf(blobKind, "ab"), d)))
	f.Add(packed(rawEntry(refDelta, len(d), idOf(blobKind, "ab"), d), rawEntry(blobKind, 2, nil, []byte("ab"))))
	f.Add(packed(rawEntry(commitKind, 4, nil, []byte("tree")), rawEntry(ofsDelta, len(d), []byte{13}, d)))
	f.Fuzz(func(t *testing.T, pack []byte) {
		s := newStore()
		s.maxHeld = 1 << 20
		if len(pack) > 20 { // so that the checksum keeps nothing from being tried
			sum := sha1.Sum(pack[:len(pack)-20])
			pack = append(bytes.Clone(pack[:len(pack)-20]), sum[:]...)
		}
		if err := unpack(bytes.NewReader(pack), s); err != nil {
			return
		}
		for id := range s.index {
			k, text, err := s.get(id)
			if err != nil || !bytes.Equal(idOf(k, text), id[:]) {
				t.Errorf("%s is %s %q, %v", id, k, text, err)
			}
		}
	})
}

func FuzzPatch(f *testing.F) {
	f.Add("ab", string(appending("ab", "c")))
	f.Add("", "\x00\x00")
	f.Fuzz(func(t *testing.T, base, delta string) {
		out, err := patch(nil, base, delta)
		if err != nil && !errors.Is(err, ErrCorrupt) || len(out) > len(base)*len(delta)+len(delta)+len(delta)*0x10000 {
			t.Errorf("got %d bytes, %v", len(out), err)
		}
	})
}
