# SPDX-License-Identifier: Apache-2.0
"""tarball: a tar writer that can write everything a layer may hold, and lies where a test wants one.

pax records are written only where ustar cannot say it, so plain entries stay one block. Values are
bytes all through: a name may be anything. Sparse files come in the pax 1.0 form of GNU tar and in
the old GNU form. The archive ends with two zero blocks and no padding to 10 KiB.
"""
MTIME_NS = 1_700_000_000 * 10**9
TYPES = {'file': b'0', 'hardlink': b'1', 'symlink': b'2', 'char': b'3', 'block': b'4', 'dir': b'5',
         'fifo': b'6'}
BLOCK = 512


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode('utf-8', 'surrogateescape')


def octal(value, width):
    """A number field; None where it does not fit."""
    text = b'%0*o' % (width - 1, value) if value >= 0 else b''
    return text + b'\0' if text and len(text) < width else None


def base256(value, width):
    return (value | 1 << (width * 8 - 1)).to_bytes(width, 'big')


def record(key, value):
    """One pax record; its length counts its own digits."""
    body = b' ' + as_bytes(key) + b'=' + value + b'\n'
    size = len(body) + 1
    while len(b'%d' % size) + len(body) != size:
        size = len(b'%d' % size) + len(body)
    return b'%d' % size + body


class Tar:
    def __init__(self, out, gnu=False):
        self.out = out
        self.gnu = gnu      # long names as GNU's L and K entries, numbers as base-256: no pax at all
        self.serial = 0

    def end(self):
        self.out.write(bytes(2 * BLOCK))

    def block(self, name, kind, size, mode=0o644, uid=0, gid=0, mtime=0, link=b'', dev=(0, 0),
              prefix=b'', tail=None):
        """One header block from fields that fit."""
        magic = b'ustar  \0' if self.gnu else b'ustar\00000'
        number = lambda value, width: octal(value, width) or base256(value, width)  # noqa: E731
        head = (name.ljust(100, b'\0') + number(mode & 0o7777, 8) + number(uid, 8) + number(gid, 8) +
                number(size, 12) + number(mtime, 12) + b' ' * 8 + kind + link.ljust(100, b'\0') + magic +
                bytes(64) + number(dev[0], 8) + number(dev[1], 8))
        head += (tail if tail is not None else prefix).ljust(BLOCK - len(head), b'\0')
        return head[:148] + b'%06o\0 ' % sum(head) + head[156:]

    def payload(self, data):
        self.out.write(data + bytes(-len(data) % BLOCK))

    def extra(self, name, kind, data):
        self.out.write(self.block(name, kind, len(data)))
        self.payload(data)

    def split(self, name):
        """name -> (prefix, name) as ustar holds it, or None."""
        if len(name) <= 100:
            return b'', name
        at = name.find(b'/', max(len(name) - 101, 0))
        if self.gnu or at <= 0 or at > 155 or at + 1 == len(name):
            return None
        return name[:at], name[at + 1:]

    def header(self, name, kind, size, records, mode, uid, gid, mtime_ns, link, dev, raw_name=False,
               tail=None):
        seconds, nanos = divmod(mtime_ns, 10**9)
        fits = (b'', name) if raw_name and len(name) <= 100 else self.split(name)
        if self.gnu:
            if len(link) > 100:
                self.extra(b'././@LongLink', b'K', link + b'\0')
            if fits is None:
                self.extra(b'././@LongLink', b'L', name + b'\0')
        else:
            if fits is None:
                records.append(record('path', name))
            if len(link) > 100:
                records.append(record('linkpath', link))
            if nanos:
                records.append(record('mtime', b'%d.%s' % (seconds, (b'%09d' % nanos).rstrip(b'0'))))
            for key, value, width in (('uid', uid, 8), ('gid', gid, 8), ('size', size, 12)):
                if octal(value, width) is None:
                    records.append(record(key, b'%d' % value))
            if records:
                self.serial += 1
                self.extra(b'PaxHeaders/%d' % self.serial, b'x', b''.join(records))
        prefix, short = fits or (b'', name[:100])
        self.out.write(self.block(short, kind, size, mode, uid, gid, seconds, link[:100], dev, prefix, tail))

    def add(self, name, type='file', data=b'', mode=None, uid=0, gid=0, mtime_ns=MTIME_NS, link='',
            dev=(0, 0), xattrs=None, size=None, raw_name=False):
        name, link, data = as_bytes(name), as_bytes(link), as_bytes(data)
        kind = TYPES.get(type) or as_bytes(type)
        if kind == b'5' and not raw_name and not name.endswith(b'/'):
            name += b'/'
        if mode is None:
            mode = {b'5': 0o755, b'2': 0o777}.get(kind, 0o644)
        records = [record('SCHILY.xattr.' + key, as_bytes(value)) for key, value in sorted((xattrs or {}).items())]
        self.header(name, kind, len(data) if size is None else size, records, mode, uid, gid, mtime_ns,
                    link, dev, raw_name)
        self.payload(data)

    def add_file(self, name, path, mode=0o644):
        """A file's bytes, streamed."""
        with open(path, 'rb') as src:
            size = src.seek(0, 2)
            src.seek(0)
            self.header(as_bytes(name), b'0', size, [], mode, 0, 0, MTIME_NS, b'', (0, 0))
            while data := src.read(1 << 20):
                self.out.write(data)
            self.out.write(bytes(-size % BLOCK))

    def add_sparse(self, name, size, pieces, mode=0o644):
        """PIECES: (offset, bytes) in order. All but one that ends the file are filled to whole blocks:
        GNU tar starts each at a block."""
        name = as_bytes(name)
        pieces = [(at, piece + bytes(min(-len(piece) % BLOCK, size - at - len(piece)))) for at, piece in pieces]
        pieces = pieces if pieces and pieces[-1][0] + len(pieces[-1][1]) == size else pieces + [(size, b'')]
        data = b''.join(piece for _, piece in pieces)
        if self.gnu:
            if len(pieces) > 4:
                raise ValueError('the old form is written with at most four pieces')
            table = b''.join(octal(at, 12) + octal(len(piece), 12) for at, piece in pieces)
            # atime, ctime, offset, longnames, unused: 41 bytes before the table at 386
            tail = bytes(41) + table.ljust(96, b'\0') + b'\0' + octal(size, 12)
            self.header(name, b'S', len(data), [], mode, 0, 0, MTIME_NS, b'', (0, 0), tail=tail)
            self.payload(data)
            return
        table = b'%d\n' % len(pieces) + b''.join(b'%d\n%d\n' % (at, len(piece)) for at, piece in pieces)
        table += bytes(-len(table) % BLOCK)
        head, _, base = name.rpartition(b'/')
        records = [record('GNU.sparse.major', b'1'), record('GNU.sparse.minor', b'0'),
                   record('GNU.sparse.name', name), record('GNU.sparse.realsize', b'%d' % size)]
        self.header((head + b'/' if head else b'') + b'GNUSparseFile.0/' + base, b'0', len(table) + len(data),
                    records, mode, 0, 0, MTIME_NS, b'', (0, 0))
        self.payload(table + data)
