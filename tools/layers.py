# SPDX-License-Identifier: Apache-2.0
"""layers: what mkimage's images hold.

The debian image is the worst that honest tools produce, spread over four layers so that each thing
also meets its undoing: files changed, deleted, deleted and made anew, a directory that becomes a
file and a file that becomes a directory, opaque directories, hard links, file capabilities, ACLs,
devices, nanoseconds, names of every length and form, a sparse file, large owners. (Old GNU sparse entries stay out:
those who read `save`'s output for comparison refuse them. `mkimage tar --gnu` writes them.)
"""
import fcntl
import os
import shutil
import struct
import subprocess

import tarball

TOP = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
NS = tarball.MTIME_NS
PASSWD = '''root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
bin:x:2:2:bin:/bin:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
operator:x:37:37:Operator:/var:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
'''
GROUP = '''root:x:0:
daemon:x:1:
bin:x:2:
tty:x:5:
operator:x:37:
www-data:x:33:
staff:x:50:daemon,operator
users:x:100:
nobody:x:65534:
'''
CAP_NET_RAW_EP = struct.pack('<5I', 0x02000001, 1 << 13, 0, 0, 0)


def acl(*entries):
    """posix_acl xattr: version 2, then tag, permissions, id."""
    return struct.pack('<I', 2) + b''.join(struct.pack('<HHI', *e) for e in entries)


ANY = 0xffffffff
ACL_FILE = acl((1, 6, ANY), (2, 4, 1000), (4, 4, ANY), (16, 4, ANY), (32, 0, ANY))
ACL_DIR = acl((1, 7, ANY), (4, 5, ANY), (8, 7, 50), (16, 7, ANY), (32, 0, ANY))


def interpreter(elf):
    """Whether a 64-bit little-endian ELF file names a dynamic loader (PT_INTERP)."""
    start, = struct.unpack_from('<Q', elf, 32)
    size, count = struct.unpack_from('<HH', elf, 54)
    return any(struct.unpack_from('<I', elf, start + i * size)[0] == 3 for i in range(count))


def busybox(tar):
    path = shutil.which('busybox', path=os.environ.get('PATH', '') + ':/bin:/usr/bin')
    if not path:
        raise FileNotFoundError('no busybox here: install busybox-static (make deps)')
    with open(path, 'rb') as f:
        elf = f.read()
    if interpreter(elf):
        raise FileNotFoundError(path + ' is linked dynamically: install busybox-static (make deps)')
    applets = subprocess.run([path, '--list-full'], check=True, capture_output=True, text=True).stdout.split()
    tar.add('bin', 'dir')
    tar.add('bin/busybox', data=elf, mode=0o755)
    dirs = ['dev', 'etc', 'home', 'root', 'sbin', 'tmp', 'usr', 'usr/bin', 'usr/sbin', 'var', 'var/spool',
            'var/www']
    modes = {'root': 0o700, 'tmp': 0o1777}
    owners = {'home': (65534, 65534), 'var/www': (33, 33)}
    for d in dirs:
        uid, gid = owners.get(d, (0, 0))
        tar.add(d, 'dir', mode=modes.get(d), uid=uid, gid=gid)
    tar.add('etc/passwd', data=PASSWD)
    tar.add('etc/group', data=GROUP)
    tar.add('etc/shadow', data='root:*:::::::\n', mode=0o640)
    known = set(dirs) | {'bin'}
    for applet in sorted(set(applets)):
        # An applet outside the usual directories (linuxrc) would be a file in /: left out.
        if applet != 'bin/busybox' and os.path.dirname(applet) in known:
            tar.add(applet, 'hardlink', link='bin/busybox', mode=0o755)


def parents(tar, *dirs):
    """Every directory above an entry is in the layer too, as differs write them: without, it is the
    reader's choice what an overlay shows as their owner and mode."""
    for name in dirs:
        if name == 'opt/app':
            tar.add(name, 'dir', mode=0o750, uid=1000, gid=1000, mtime_ns=NS + 1)
        else:
            tar.add(name, 'dir')


def changes(tar):
    """Second layer, in pax form: everything new that a layer can bring."""
    parents(tar, 'etc', 'opt')
    tar.add('etc/motd', data='changed by the second layer\n', mtime_ns=NS + 123456789)
    parents(tar, 'opt/app')
    tar.add('opt/app/run.sh', data='#!/bin/sh\necho app runs as $(id -u)\n', mode=0o755)
    tar.add('opt/app/nano', data='nine digits\n', mtime_ns=NS + 987654321)
    tar.add('opt/app/data', data='three names, one file\n', mode=0o640, uid=1000, gid=50)
    tar.add('opt/app/data.link', 'hardlink', link='opt/app/data', mode=0o640, uid=1000, gid=50)
    tar.add('opt/app/data.again', 'hardlink', link='opt/app/data', mode=0o640, uid=1000, gid=50)
    tar.add('opt/app/capable', data='#!/bin/sh\n', mode=0o755,
            xattrs={'security.capability': CAP_NET_RAW_EP})
    tar.add('opt/app/acl', data='readable by user 1000\n', mode=0o640,
            xattrs={'system.posix_acl_access': ACL_FILE})
    tar.add('opt/app/acl.d', 'dir', mode=0o750, xattrs={'system.posix_acl_default': ACL_DIR})
    tar.add('opt/app/note', data='', xattrs={'user.note': b'bytes \0\xff\n'})
    tar.add('opt/app/setuid', data='#!/bin/sh\n', mode=0o4755)
    tar.add('opt/app/large-owner', data='', uid=3_000_000, gid=4_000_000)
    tar.add('opt/app/old', data='from before the epoch\n', mtime_ns=0)
    tar.add('opt/app/spool', 'dir', mode=0o3777, uid=1000, gid=50)
    tar.add('opt/dev', 'dir')
    tar.add('opt/dev/null', 'char', dev=(1, 3), mode=0o666)
    tar.add('opt/dev/loop', 'block', dev=(7, 0), mode=0o660, gid=6)
    tar.add('opt/dev/fifo', 'fifo', mode=0o600)
    tar.add('opt/links', 'dir')
    tar.add('opt/links/absolute', 'symlink', link='/etc/motd')
    tar.add('opt/links/relative', 'symlink', link='../app/run.sh')
    tar.add('opt/links/dangling', 'symlink', link='nowhere')
    tar.add('opt/links/long', 'symlink', link='../' + 'l' * 150)
    names(tar, 'opt/names-pax')
    tar.add_sparse('opt/sparse', 8 << 20, [(0, b'start'), (4096, b'A' * 4096), (5 << 20, b'middle')])
    parents(tar, *('opt/app/' + d for d in ('gone-dir', 'gone-dir/sub', 'conf', 'late', 'back', 'swap-to-file',
                                            'swap-to-link')))
    for name in ('gone', 'gone-dir/a', 'gone-dir/sub/b', 'conf/old-1', 'conf/old-2', 'late/old', 'back/old',
                 'swap-to-file/inside', 'swap-to-link/inside'):
        tar.add('opt/app/' + name, data='second layer: ' + name + '\n')
    tar.add('opt/app/swap-to-dir', data='a file\n')


def names(tar, under):
    """Names of every length: ustar's field, ustar's prefix, and longer; UTF-8 and spaces."""
    tar.add(under, 'dir')
    part = 'n' * 60
    for depth in (1, 2, 3):
        tar.add(f'{under}/' + '/'.join([part] * depth), 'dir')
    tar.add(f'{under}/' + 'f' * (99 - len(under)), data='100 in all\n')
    tar.add(f'{under}/{part}/{part}/' + 'g' * 60, data='fits name and prefix\n')
    tar.add(f'{under}/' + 'h' * 200, data='one long component\n')
    tar.add(f'{under}/{part}/{part}/{part}/' + 'i' * 255, data='longer than ustar can say\n')
    tar.add(f'{under}/' + 'j' * 200 + '.link', 'hardlink', link=f'{under}/' + 'h' * 200)
    tar.add(f'{under}/grüße, 世界', data='UTF-8 and spaces\n')


def deletions(tar):
    """Third layer, in GNU form: what is taken away, and what takes its place at once."""
    parents(tar, 'opt', 'opt/app', 'usr', 'usr/share')
    tar.add('opt/app/.wh.gone')
    tar.add('opt/app/.wh.gone-dir')
    tar.add('usr/share/.wh.doc')
    tar.add('opt/app/conf', 'dir')
    tar.add('opt/app/conf/.wh..wh..opq')
    tar.add('opt/app/conf/new', data='all that is left\n')
    # The same with the marker last: its place in the archive must not matter.
    tar.add('opt/app/late', 'dir')
    tar.add('opt/app/late/new', data='stays\n')
    tar.add('opt/app/late/.wh..wh..opq')
    tar.add('opt/app/swap-to-file', data='was a directory\n')
    tar.add('opt/app/swap-to-link', 'symlink', link='conf')
    tar.add('opt/app/swap-to-dir', 'dir')
    tar.add('opt/app/swap-to-dir/inside', data='was a file\n')
    tar.add('opt/app/.wh.back')
    names(tar, 'opt/names-gnu')
    tar.add('opt/app/large-owner-gnu', data='', uid=3_000_000, gid=4_000_000)


def returns(tar):
    """Fourth layer: what was deleted comes back, and changes that are only of attributes."""
    parents(tar, 'opt', 'opt/app', 'usr', 'usr/share', 'usr/share/doc', 'var', 'var/log')
    tar.add('usr/share/doc/README', data='back again\n')
    tar.add('opt/app/back', 'dir', mode=0o700)
    tar.add('opt/app/back/new', data='without the old\n')
    tar.add('opt/app/run.sh', data='#!/bin/sh\necho app runs as $(id -u), fourth layer\n', mode=0o755)
    tar.add('opt/app/nano', data='nine digits\n', mode=0o600, mtime_ns=NS + 5)
    tar.add('opt/app/data', data='cut from its other names\n', mode=0o640, uid=1000, gid=50)
    tar.add('var/log/marker', data='fourth\n')


def write_layer(path, fill, gnu=False):
    with open(path, 'wb') as f:
        tar = tarball.Tar(f, gnu)
        fill(tar)
        tar.end()
    return path


def apt_mirror():
    """The first mirror that this machine's apt uses for Debian itself."""
    folder = '/etc/apt/sources.list.d'
    paths = ['/etc/apt/sources.list'] + sorted(os.path.join(folder, n) for n in os.listdir(folder))
    for path in [p for p in paths if p.endswith('debian.sources')] + paths:
        if not os.path.isfile(path):
            continue
        with open(path, encoding='utf-8') as f:
            for words in (line.split() for line in f):
                if words and words[0] == 'URIs:':
                    return words[1]
                if words and words[0] == 'deb':
                    uris = [w for w in words[1:] if '://' in w]
                    if uris:
                        return uris[0]
    raise FileNotFoundError('apt has no sources here: which Debian mirror to use?')


def debian_base():
    """The path of mmdebstrap's tar, made once."""
    kept = os.path.join(os.environ.get('BUILD', os.path.join(TOP, 'build')), 'images')
    path = os.path.join(kept, 'minbase.tar')
    os.makedirs(kept, exist_ok=True)
    with open(os.path.join(kept, '.lock'), 'w', encoding='utf-8') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(path):
            mmdebstrap(path)
    return path


def mmdebstrap(path):
    proxy = subprocess.run(['apt-config', 'shell', 'P', 'Acquire::http::Proxy'], check=True,
                           capture_output=True, text=True).stdout
    options = ['--aptopt=Acquire::http::Proxy "%s"' % proxy.split("'")[1]] if "'" in proxy else []
    part = path + '.part.tar'
    subprocess.run(['mmdebstrap', '--quiet', '--variant=minbase', *options, 'bookworm', part,
                    apt_mirror()], check=True,
                   env={**os.environ, 'SOURCE_DATE_EPOCH': str(NS // 10**9)})
    os.rename(part, path)


def debian_stack(scratch):
    base = os.path.join(scratch, 'base.tar')
    os.symlink(debian_base(), base)
    return [(base, 'mmdebstrap minbase'),
            (write_layer(os.path.join(scratch, 'changes'), changes), 'changes'),
            (write_layer(os.path.join(scratch, 'deletions'), deletions, gnu=True), 'deletions'),
            (write_layer(os.path.join(scratch, 'returns'), returns), 'returns')]


def busybox_stack(scratch, count):
    stack = [(write_layer(os.path.join(scratch, '1'), busybox), 'busybox-static')]
    for i in range(2, count + 1):
        def fill(tar, i=i):
            tar.add('layers', 'dir')
            tar.add(f'layers/{i}', data=f'{i}\n')
            tar.add('layers/last', data=f'{i}\n')
            if i > 3:
                tar.add(f'layers/.wh.{i - 2}')
        stack.append((write_layer(os.path.join(scratch, str(i)), fill), f'layer {i}'))
    return stack
