# Runs one server for as long as its owner wants it: guardian.sh DIRECTORY CONTAINER COMMAND [ARGUMENT]…
#
# The owner holds our standard input. When that ends, also because the owner was killed, the server is killed, and
# its directory removed unless the owner had said "keep". CONTAINER is the name of the server's container, or empty.
# Says "pid N" when the server runs and "exit N" when it has ended.
directory=$1
container=$2
shift 2

exec 3<&0
"$@" </dev/null >>"$directory/log" 2>&1 3<&- &
server=$!
echo "pid $server"

(
  last=
  while IFS= read -r word <&3; do last=$word; done
  if [ ! -e "$directory/ended.$server" ]; then
    if [ -n "$container" ]; then docker rm --force "$container"; fi
    kill -KILL "$server"
  fi >/dev/null 2>&1
  [ "$last" = keep ]
) &
watcher=$!

wait "$server"
code=$?
: >"$directory/ended.$server"
# Nobody may be left to read it.
trap '' PIPE
echo "exit $code" 2>/dev/null
if wait "$watcher"; then rm -f -- "$directory/ended.$server"; else rm -rf -- "$directory"; fi
