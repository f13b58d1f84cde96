#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""derive.py [OUTDIR]: writes the *.golden files that container.t compares containers with, from the
data in tests/data/defaults and nothing else of ours.

A golden file has sections. Lines may end in a condition, separated by a tab, which container.t
asks of the machine: "?v1" "?v2" "?seccomp" "?exists PATH" "?folder PATH". What depends on the kernel in a way that
cannot be written down has a word that starts with "@" (container.t explains them).

  [status]    fields of /proc/self/status; capabilities before they are cut to what root has here
  [mounts]    MOUNTPOINT OPTIONS TYPE SOURCE SUPEROPTIONS PROPAGATION; "-" where it is the machine's
  [devices]   PATH TYPE MAJOR:MINOR MODE UID:GID, or PATH -> TARGET
  [writable]  what each mount lets its user do: "create" a file in its directories, "write" those of
              its files whose mode has a w; all, none, or the names
"""
import json
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
DATA = os.path.join(HERE, '..', 'data', 'defaults')
SHM = 64 << 20
ALWAYS_WRITABLE = ('/proc', '/dev', '/dev/pts', '/dev/shm', '/dev/mqueue')
# What tools/layers.py gives busybox's image with mode 1777, and what the kernel makes so.
FOR_EVERYBODY = {'/': '/tmp', '/dev/shm': 'all', '/dev/mqueue': 'all'}
# Files of the kernel that only CAP_SYS_ADMIN opens for writing.
FOR_ADMIN = ['/proc/mtrr']


def data(name):
    with open(os.path.join(DATA, name + '.json'), encoding='utf-8') as f:
        return json.load(f)


CAPS = data('capabilities')
MOUNTS = data('default_mounts')
DEVICES = data('default_devices')
MASKED = data('masked_paths')
READONLY = data('readonly_paths')
BITS = {c['name']: c['bit'] for c in CAPS['default'] + CAPS['dropped_by_default']}


class Case:
    def __init__(self, **kw):
        self.privileged = self.readonly = self.tty = False
        self.uid = 0
        self.add, self.drop = [], []
        self.__dict__.update(kw)

    def caps(self):
        if self.privileged:
            return sum(1 << b for b in BITS.values())
        mask = int(CAPS['default_mask_hex'], 16)
        for name in self.drop:
            mask = 0 if name == 'ALL' else mask & ~(1 << BITS[name])
        for name in self.add:
            mask |= 1 << BITS[name]
        return mask


CASES = {
    'default': Case(),
    'privileged': Case(privileged=True),
    'cap-add': Case(add=['CAP_NET_ADMIN', 'CAP_SYS_PTRACE']),
    'cap-drop': Case(drop=['CAP_CHOWN', 'CAP_MKNOD']),
    'cap-drop-all': Case(drop=['ALL'], add=['CAP_DAC_OVERRIDE']),
    'read-only': Case(readonly=True),
    'user': Case(uid=1000),
    'tty': Case(tty=True),
}


def status(c):
    caps, zero = '%016x' % c.caps(), '0' * 16
    own = zero if c.uid else caps
    yield 'CapInh ' + zero
    yield 'CapPrm ' + own
    yield 'CapEff ' + own
    yield 'CapBnd ' + caps
    yield 'CapAmb ' + zero
    yield 'NoNewPrivs 0'
    yield 'Seccomp %d\t?seccomp' % (0 if c.privileged else 2)
    yield 'Uid' + ' %d' % c.uid * 4
    yield 'Gid' + ' 0' * 4
    yield 'Umask ' + MOUNTS['other_defaults']['umask']


def options(words, ro):
    """As mountinfo writes the flags of a mount."""
    out = ['ro' if ro else 'rw']
    out += [w for w in ('nosuid', 'nodev', 'noexec') if w in words]
    if 'strictatime' not in words:
        out.append('relatime')
    return ','.join(out)


def super_options(kind, words, ro):
    """What the file system itself says: sizes and modes, as each prints them."""
    out = ['ro' if kind == 'sysfs' and ro else 'rw']
    given = dict(w.split('=') for w in words if '=' in w)
    if 'size' in given:
        out.append('size=' + given['size'])
    if 'gid' in given:
        out.append('gid=' + given['gid'])
    # 1777 is a tmpfs's own default and not printed
    if given.get('mode', '1777') != '1777':
        out.append('mode=' + given['mode'].lstrip('0'))
    if 'ptmxmode' in given:
        out.append('ptmxmode=' + given['ptmxmode'].lstrip('0'))
    return ','.join(out)


def mount_ro(c, m):
    ro = 'ro' in m['options'] or (c.readonly and m['destination'] not in ALWAYS_WRITABLE)
    return ro and not (c.privileged and m['destination'].startswith('/sys'))


def cgroup_mounts(c, m):
    flags = options(m['options'], mount_ro(c, m))
    yield '/sys/fs/cgroup %s cgroup2 cgroup - -\t?v2' % flags
    yield '/sys/fs/cgroup %s tmpfs tmpfs rw,mode=755 -\t?v1' % flags
    yield '@cgroup1 %s cgroup cgroup - -\t?v1' % flags


def mounts(c):
    yield '/ %s - - - -' % options([], c.readonly)
    for m in MOUNTS['mounts_in_order']:
        words = list(m['options'])
        if m['destination'] == '/sys/fs/cgroup':
            yield from cgroup_mounts(c, m)
            continue
        if m['destination'] == '/dev/shm':
            words.append('size=%dk' % (SHM >> 10))
        yield '%s %s %s %s %s -' % (
            m['destination'], options(words, mount_ro(c, m)), m['type'], m['source'],
            super_options(m['type'], words, mount_ro(c, m)))
    if c.tty:
        yield '/dev/console rw,nosuid,noexec,relatime devpts devpts rw,gid=5,mode=620,ptmxmode=666 -'
    for f in MOUNTS['engine_files_bound']:
        yield '%s %s - - - -' % (f['path'], 'ro' if c.readonly else 'rw')
    if c.privileged:
        return
    proc = options(MOUNTS['mounts_in_order'][0]['options'], True)
    for path in READONLY['paths']:
        yield '%s %s proc proc rw -\t?exists %s' % (path, proc, path)
    for path in MASKED['paths']:
        yield '@masked %s\t?exists %s' % (path, path)
    yield '@masked %s' % MASKED['dynamic'][0]['pattern'].replace('%d', '*')


def devices(c):
    for d in DEVICES['nodes_created']:
        yield '%s %s %d:%d %s %d:%d' % (d['path'], d['type'], d['major'], d['minor'],
                                        d['mode'].lstrip('0'), d['uid'], d['gid'])
    for path, target in MOUNTS['dev_symlinks'].items():
        target, _, when = target.partition(' (only if ')
        yield '%s -> %s%s' % (path, target, '\t?exists ' + target if when else '')
    if c.tty:
        yield '/dev/console c 136:0 620 %d:5' % c.uid
    if c.privileged:
        yield '@host-nodes'


def writable(c):
    """By mount: what may be created in it, what of its files may be written."""
    root = c.uid == 0 and c.caps() >> BITS['CAP_DAC_OVERRIDE'] & 1

    def create(path, everything):
        if not everything:
            return 'none'
        return everything if root else FOR_EVERYBODY.get(path, 'none')

    yield 'create / ' + create('/', not c.readonly and 'all')
    yield 'create /dev ' + create('/dev', 'all')
    yield 'create /dev/mqueue ' + create('/dev/mqueue', 'all')
    yield 'create /dev/shm ' + create('/dev/shm', 'all')
    yield 'create /dev/pts none'
    yield 'create /proc none'
    yield 'create /sys none'
    everything = 'all' if root and c.privileged else 'none'
    yield 'create /sys/fs/cgroup %s\t?v1' % everything
    yield 'create @cgroup1 %s\t?v1' % everything
    yield 'create /sys/fs/cgroup %s\t?v2' % everything
    yield 'write / ' + ('all' if root and not c.readonly else 'none')
    for path in ('/dev', '/dev/mqueue', '/dev/shm', '/dev/pts'):
        yield 'write %s none' % path
    yield 'write /sys/fs/cgroup none\t?v1'
    yield 'write @cgroup1 %s\t?v1' % everything
    yield 'write /sys/fs/cgroup %s\t?v2' % everything
    for f in MOUNTS['engine_files_bound']:
        yield 'write %s %s' % (f['path'], 'all' if root and not c.readonly else 'none')
    # of the kernel's files: all that have a w and lie under no read-only or masked path
    if c.privileged:
        yield 'write /proc @host'
        yield 'write /sys @host'
        return
    yield 'write /proc @host ' + ' '.join(READONLY['paths'] + FOR_ADMIN)
    yield 'write /sys none'
    for path in READONLY['paths']:
        yield 'write %s none\t?exists %s' % (path, path)
        yield 'create %s none\t?folder %s' % (path, path)
    for path in MASKED['paths']:
        yield 'create %s none\t?folder %s' % (path, path)
        yield 'write %s none\t?folder %s' % (path, path)


def text(name, c):
    out = ['# derived from tests/data/defaults by derive.py: do not edit. Case: ' + name]
    for section in (status, mounts, devices, writable):
        out += ['', '[%s]' % section.__name__] + list(section(c))
    return '\n'.join(out) + '\n'


def main():
    out = sys.argv[1] if len(sys.argv) > 1 else HERE
    for name, case in CASES.items():
        with open(os.path.join(out, name + '.golden'), 'w', encoding='utf-8') as f:
            f.write(text(name, case))


main()
