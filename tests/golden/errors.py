#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""errors.py collect DIR SCRATCH: what errors.sh left in DIR, a line for each command: the command, the
exit status, stdout, stderr, with tabs between. What is the same on every line is left out: who speaks
("docker: ", "proa: "), "Error response from daemon: ", the names of containerd's and runc's steps, the
block about the usage, and the second line of Docker's rename. A newline is \\n, an ID is ID, the
directory SCRATCH is $S. A third word, networks: what networks say is made equal too (NETWORKS below), and
output that is JSON is kept in one form.

errors.py compare RECORD OWN DIFFERENCES: TAP lines without numbers, one for each command of RECORD.
Status and stdout have to be the same. Each line of stderr has to begin with Docker's: proa may go on
and say what to do about it. What is otherwise on purpose stands in DIFFERENCES: reasons ("# ..."),
each with the commands below it and proa's own answers; an answer that is none of the two has failed,
and so has a difference that is none any more.
"""
import json
import os
import re
import sys

PLAIN = [(re.compile(pattern, re.M), text) for pattern, text in [
    (r'\r', ''),
    (r'^(docker|proa): ', ''),
    (r'Error response from daemon: ', ''),
    (r'^Error: ', ''),
    (r'failed to create task for container: failed to create shim task: ', ''),
    (r'OCI runtime create failed: runc create failed: ', ''),
    (r'OCI runtime exec failed: exec failed: ', ''),
    (r'unable to start container process: ', ''),
    (r'error during container init: ', ''),
    (r' set in config.json failed:', ':'),
    (r'\b[0-9a-f]{64}\b', 'ID'),
    (r'\b[0-9a-f]{12}\b', 'ID'),
    (r"'docker ", "'proa "),
    (r'^unknown command: docker ', 'unknown command: '),
    (r'^\tdocker .*\n', ''),
    (r'^failed to rename container named .*\n', ''),
    (r'^Usage:  .*\n', ''),
    (r'^(Run|See) .* for more information$', ''),
    (r'^WARNING: networks are not built yet.*\n', ''),
    # what depends on the machine and the moment
    (r'to \d+\.00, as there are only \d+ CPUs', 'to N, as there are only N CPUs'),
    (r'available: .*', 'available: N'),
    (r'^Get "https:.*', 'Get REGISTRY'),
    (r'(Less than a second|About a minute|\d+ seconds?|\d+ minutes?) ago', 'N ago'),
]]


# Addresses that a test asks for begin with 92:d0 and fd00: the others are chosen.
NETWORKS = [(re.compile(pattern, re.M), text) for pattern, text in [
    (r'\b(?!92:d0)(?!00:00:00:00:00:00)[0-9a-f]{2}(:[0-9a-f]{2}){5}\b', 'MAC'),
    (r'\bfd(?!00)[0-9a-f]{2}(:[0-9a-f]{0,4}){3,7}', 'ULA'),
    (r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)', 'TIME'),
    (r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [+]0000 UTC', 'TIME'),
    (r'\b(docker0|proa0|proa-[0-9a-f]{8})\b', 'BRIDGE'),
    (r'\b(3[2-9]|4[0-9]|5[0-9]|6[0-5])\d{3}\b(?!/)', 'PORT'),
    (r'^exit status 1$', ''),
    (r'\bveth[0-9a-z]+', 'VETH'),
    (r' AS /[a-z]+_[a-z0-9]+/', ' AS /NAME/'),
    (r'("Created": )\d+', r'\1N'),
    (r'"Up [^"]*"', '"Up"'),
    (r'("SandboxKey": ?)"/[^"]*"', r'\1"PATH"'),
]]


def one_form(value):
    """Containers of a network, whose keys are IDs, in the order of their names."""
    if isinstance(value, list):
        return [one_form(v) for v in value]
    if not isinstance(value, dict):
        return value
    items = list(value.items())
    if items and all(isinstance(v, dict) and 'EndpointID' in v and 'Name' in v for _, v in items):
        items.sort(key=lambda item: item[1]['Name'])
        return {'%s of %s' % (k, v['Name']): one_form(v) for k, v in items}
    return {k: one_form(v) for k, v in items}


def clean_networks(text):
    try:
        text = json.dumps(one_form(json.loads(text)))
    except ValueError:
        pass
    for pattern, by in NETWORKS:
        text = pattern.sub(by, text)
    return text


def clean(path, scratch, networks):
    with open(path, 'rb') as f:
        text = f.read(1 << 20).replace(b'\0', b'').decode(errors='replace')
    text = text.replace(scratch, '$S')
    if networks:
        text = clean_networks(text)
    for pattern, by in PLAIN:
        text = pattern.sub(by, text)
    lines = [line.rstrip() for line in text.replace('\\', '\\\\').replace('\t', ' ').split('\n')]
    return '\\n'.join(line for line in lines if line)


def collect(where, scratch, networks=None):
    for n in range(1, 1 + sum(name.endswith('.cmd') for name in os.listdir(where))):
        base = os.path.join(where, str(n))
        command, status = (open(base + end).read().rstrip('\n') for end in ('.cmd', '.status'))
        print(command, status, clean(base + '.out', scratch, networks),
              clean(base + '.err', scratch, networks),
              sep='\t')


def read(path):
    with open(path, errors='replace') as f:
        return [line.rstrip('\n').split('\t') for line in f]


# What Docker says on two lines, proa says on one.
ONE_LINE = re.compile(r'(invalid (?:network config|endpoint settings)):\\n(?!\*)')


def fits(docker, own):
    if docker[:2] != own[:2]:
        return False
    theirs, ours = ONE_LINE.sub(r'\1: ', docker[2]).split('\\n'), own[2].split('\\n')
    return len(theirs) == len(ours) and all(
        o == d or (d and o.startswith(d) and o[len(d)] in ' :;,(') for d, o in zip(theirs, ours))


def compare(recorded, answers, known):
    record, own = read(recorded), read(answers)
    differences = {r[0]: r[1:] for r in read(known) if len(r) > 1}
    if [r[0] for r in record] != [r[0] for r in own]:
        print('not ok - the commands are those that were recorded')
        return
    commands = [r[0] for r in record]
    used = set()
    for (command, *docker), (_, *answer) in zip(record, own):
        docker = [text.replace('Docker Engine', 'proa') for text in docker]  # who wrote a file
        wanted = differences.get(command)
        again = commands.count(command) > 1 # then only one of them may differ
        if answer == wanted or ((wanted is None or again) and fits(docker, answer)):
            print('ok -', command)
            if answer == wanted:
                used.add(command)
            continue
        used.add(command)
        print('not ok -', command)
        print('# Docker:', docker)
        print('# proa:  ', answer)
        if wanted is not None:
            print('# wanted:', wanted)
    for command in differences.keys() - used:
        print('not ok - a difference in a command that is none:', command)


{'collect': collect, 'compare': compare}[sys.argv[1]](*sys.argv[2:])
