#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compare: our answers about containers against those that dockerd gave, field by field.

  compare.py RECORDED OURS DATA-ROOT NAME...

RECORDED is tests/data/docker-28.5, OURS a directory with list.json, list-size.json, inspect/NAME.json,
list-bridge.json, filters/N and filters/N.status, and text/* as the client printed it, of the same containers, of which
NAME... are compared. Prints lines of
"ok - what" and "not ok - what" with the differences below.

What must differ from run to run (IDs, times, PIDs, names of anonymous volumes) is replaced by a sign
in both; what differs for a reason is in DIFFERENT; all else, the order of keys too, is equal.
"""
import json
import os
import re
import sys

HEX = re.compile(r'\b[0-9a-f]{64}\b')
TIME = re.compile(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z')
ZERO = '0001-01-01T00:00:00Z'
WORDS = re.compile(r'(Less than a second|About an? \w+|\d+ \w+)')

# path of a field (a regular expression), what is compared instead of its value, and why
DIFFERENT = (
    (r'Driver|GraphDriver\.Name', lambda v: v.replace('overlay2', 'overlay'),
     'the driver is called overlay here'),
    (r'GraphDriver\.Data\.\w+', bool, 'layers and the mounted root are in other places'),
    (r'HostConfig\.Runtime', lambda v: v.replace('runc', 'proa'), 'no runc runs it'),
    (r'(ResolvConf|Hostname|Hosts)Path', os.path.basename, 'they are in exec-root'),
    (r'NetworkSettings\.Sandbox(ID|Key)', bool,
     'there is no sandbox beside the container: its ID, and the namespace by its process'),
    (r'NetworkSettings\.(Networks\.\w+\.)?(EndpointID|MacAddress|IPAddress)', bool,
     'whichever is free'),
    (r'Ports', lambda v: sorted(v, key=lambda p: (p['PrivatePort'], p.get('IP'))),
     'dockerd has no order'),
    (r'State\.Error', bool, 'no shim task and no OCI runtime is spoken of'),
    (r'State\.Health\.Log', lambda v: [sorted(p) for p in v][:1], 'how many probes there were'),
    (r'HostConfig\.MaskedPaths', lambda v: v and sorted(v), 'the order says nothing'),
)
# filters whose result differs
FILTERS = {
    '67': 'since and before take the beginning of an ID, as documented; this dockerd does not',
}
bad = 0


def load(path):
    with open(path) as f:
        return json.load(f)


def sign(v, own, roots):
    """v with signs for what is another thing in each run."""
    if isinstance(v, dict):
        return {k: sign(x, own, roots) for k, x in v.items()}
    if isinstance(v, list):
        return [sign(x, own, roots) for x in v]
    if not isinstance(v, str):
        return v
    v = v.replace(own, 'ID').replace(own[:12], 'ID12')
    for root in roots:
        v = v.replace(root, 'ROOT')
    if v != ZERO:
        v = TIME.sub('TIME', v)
    return v if v.startswith('sha256:') else HEX.sub('HEX', v)


def differences(theirs, ours, path=''):
    for pattern, view, _ in DIFFERENT:
        if re.fullmatch(pattern, path):
            theirs, ours = view(theirs), view(ours)
    if isinstance(theirs, dict) and isinstance(ours, dict):
        if list(theirs) != list(ours):
            yield f'{path}: keys {list(ours)}, not {list(theirs)}'
        for k in theirs:
            if k in ours:
                yield from differences(theirs[k], ours[k], f'{path}.{k}'.lstrip('.'))
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for i, x in enumerate(theirs):
            yield from differences(x, ours[i], f'{path}[{i}]')
    elif theirs != ours:
        yield f'{path}: {json.dumps(ours)}, not {json.dumps(theirs)}'


def report(what, diffs):
    global bad
    diffs = list(diffs)
    bad += bool(diffs)
    print(f'{"not ok" if diffs else "ok"} - {what}')
    for d in diffs:
        print(f'# {d}')


def by_place(v):
    """Mounts come in any order from dockerd; its list does not say where an anonymous volume is."""
    v['Mounts'].sort(key=lambda m: m['Destination'])
    for m in v['Mounts']:
        if m.get('Name') == 'HEX':
            m['Source'] = ''
    return v


def inspected(v, roots):
    v = sign(v, v['Id'], roots)
    v['State']['Pid'] = bool(v['State']['Pid'])
    return by_place(v)


def listed(v, roots):
    v = sign(v, v['Id'], roots)
    v['Created'] = 0
    v['Status'] = WORDS.sub('SOME', v['Status'])
    return by_place(v)


def printed(path):
    """Lines as lists of cells, without the widths of columns."""
    rows = []
    for line in open(path):
        line = re.sub(r'\b[0-9a-f]{64}\b|\b[0-9a-f]{12,14}(?=…|\b)', 'ID', line.rstrip('\n'))
        line = WORDS.sub('SOME', TIME.sub('TIME', line))
        rows.append([c for c in re.split(r'\s{2,}|\|', line)])
    return rows


def main(recorded, mine, root, *names):
    roots = (('/var/lib/docker',), (root,))
    for name in (*names, 'bridge'):
        report(f'inspect {name}', differences(
            inspected(load(f'{recorded}/inspect/{name}.json'), roots[0]),
            inspected(load(f'{mine}/inspect/{name}.json'), roots[1])))
    rows = [load(f'{d}/list-bridge.json')[0] for d in (recorded, mine)]
    report('list: bridge', differences(*(listed(v, r) for v, r in zip(rows, roots))))
    for file in 'list', 'list-size':
        rows = [{v['Names'][0][1:]: listed(v, r) for v in load(f'{d}/{file}.json')}
                for d, r in zip((recorded, mine), roots)]
        theirs = {n: v for n, v in rows[0].items() if n in names}
        report(f'{file}: containers and their order', differences(list(theirs), list(rows[1])))
        for name in theirs:
            report(f'{file}: {name}', differences(theirs[name], rows[1].get(name)))
    for file in sorted(os.listdir(f'{mine}/text')):
        report(f'text {file}', differences(*(printed(f'{d}/text/{file}')
                                             for d in (recorded, mine))))
    with open(f'{recorded}/filters/index') as f:
        for line in f:
            n, query, filters = line.rstrip('\n').split('\t')
            theirs = open(f'{recorded}/filters/{n}').read().split()
            ours = open(f'{mine}/filters/{n}').read().split()
            status = int(open(f'{mine}/filters/{n}.status').read())
            if n in FILTERS:
                continue
            if set(theirs) - set(ALL):
                report(f'filter {query} {filters} is refused',
                       [] if status in (400, 404) else [f'status {status}'])
            else:
                report(f'filter {query} {filters}',
                       differences([x for x in theirs if x in names], ours))
    return 1 if bad else 0


if __name__ == '__main__':
    ALL = [f[:-5] for f in os.listdir(f'{sys.argv[1]}/inspect')]
    sys.exit(main(*sys.argv[1:]))
