#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# proa completion bash: the script is loaded into a bash and asked, as readline would.
. "$(dirname "$0")/../lib.sh"
need_proa
need_tool bash

run_is 0 "prints a script" proa completion bash
printf '%s\n' "$out" >"$T/complete.bash"
ok "bash accepts it" bash -n "$T/complete.bash"

# ask WORD...: what bash offers for the last word, one a line.
ask() {
	PATH=$T:$PATH bash -c '
		source "$1"
		shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
		spec=$(complete -p proa) || exit 1
		fn=$(sed -n "s/.*-F \([^ ]*\).*/\1/p" <<<"$spec")
		"$fn" proa "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]}"' ask "$T/complete.bash" "$@"
}

ln -s "$PROA" "$T/proa"
out=$(ask proa '')
for word in run load save images rmi; do
	like "$out" "^$word *\$" "offers $word"
done
unlike "$out" '^shim *$' "hidden commands are not offered"
out=$(ask proa im)
like "$out" '^images *$' "im: images"
unlike "$out" '^run *$' "im: not run"
out=$(ask proa run --memory)
like "$out" '^--memory *$' "flags of run"
out=$(ask proa run --)
like "$out" '^--read-only *$' "all flags of run"
out=$(ask proa image '')
like "$out" '^inspect *$' "second words"
for group in container image volume; do
	out=$(ask proa $group '')
	for word in $(proa $group --help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
		like "$out" "^$word *\$" "$group $word"
	done
done
out=$(ask proa --local --data-root /tmp vol)
like "$out" '^volume *$' "options before the command"
out=$(ask proa --data)
like "$out" '^--data-root *$' "are offered too"
out=$(ask proa run --exec)
like "$out" '^--exec-root *$' "also behind it"

# files, where a file is what is wanted
mkdir "$T/files"
touch "$T/files/archive.tar"
is "$(ask proa load -i "$T/files/ar")" "$T/files/archive.tar" "a file behind a flag"
is "$(ask proa load "--input" = "$T/files/ar")" "$T/files/archive.tar" "or behind = as bash cuts it"
is "$(ask proa import "$T/files/ar")" "$T/files/archive.tar" "a file where no name fits"

# names of what there is: asked of proa itself
cat >"$T/bin-proa" <<'EOF'
#!/bin/sh
case "$1 $2" in
"ps -a") printf 'web\ndb\n' ;;
"images --format") printf 'busybox:latest\nbusybox:old\ndebian:12\n' ;;
"volume ls") printf 'data\n' ;;
esac
EOF
chmod +x "$T/bin-proa"
rm -f "$T/proa"
ln -s bin-proa "$T/proa"
is "$(ask proa logs '' | xargs)" "web db" "containers"
is "$(ask proa logs -f w | xargs)" "web" "that begin so"
is "$(ask proa volume rm '' | xargs)" "data" "volumes"
is "$(ask proa rmi deb | xargs)" "debian:12" "images"
is "$(ask proa rmi busybox:l | xargs)" "latest" "what comes after the colon"
like "$(ask proa inspect '' | xargs)" 'web db .*data' "inspect: all of them"
is "$(ask proa run --name '' | grep -c busybox)" 0 "no names behind a flag that takes a value"

run proa completion
ok "a shell must be named" test "$status" -ne 0
run_is 1 "a shell it does not know" proa completion tcsh
one_line "is named in one line"

done_testing
