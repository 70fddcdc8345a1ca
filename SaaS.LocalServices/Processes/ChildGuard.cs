using System.Diagnostics;
using System.Globalization;

namespace SaaS.LocalServices;

/// <summary>Ends the children when this process could not: a kill -9, a crash, a closed terminal.</summary>
/// <remarks>
/// A small shell in a session of its own holds the read end of a pipe; when the pipe closes before this process has released a child,
/// the shell ends that child. It stands beside the children, not between: shells drop environment variables with a hyphen in the name,
/// such as ConnectionStrings__saas-platform. (A parent-death signal is no way out: it follows the launching thread, not the process.)
/// On Windows there is no guard.
/// </remarks>
internal static class ChildGuard
{
    private const string Script = """
        exec >/dev/null 2>&1
        trap '' INT TERM HUP
        watched=
        while read -r verb pid gentle firm; do
          case $verb in
            watch) watched="$watched $pid:$gentle:$firm" ;;
            leave) kept=; for child in $watched; do [ "${child%%:*}" = "$pid" ] || kept="$kept $child"; done; watched=$kept ;;
          esac
        done
        for child in $watched; do rest=${child#*:}; kill -s "${rest%:*}" "${child%%:*}"; done
        tries=40
        while [ "$tries" -gt 0 ]; do
          alive=; for child in $watched; do kill -0 "${child%%:*}" && alive="$alive $child"; done; watched=$alive
          [ -z "$watched" ] && exit
          sleep 0.25
          tries=$((tries - 1))
        done
        for child in $watched; do kill -s "${child##*:}" "${child%%:*}"; done
        """;

    private static readonly Lock Writing = new();
    private static readonly Lazy<StreamWriter?> Shell = new(StartShell);

    /// <summary>Starts the guard. Called before the first child, so that no child is without it for more than microseconds.</summary>
    internal static void Ready() => _ = Shell.Value;

    internal static void Watch(int pid, StopSignal signal) => Tell(signal switch
    {
        StopSignal.Interrupt => string.Create(CultureInfo.InvariantCulture, $"watch {pid} INT QUIT"),
        StopSignal.Terminate => string.Create(CultureInfo.InvariantCulture, $"watch {pid} TERM KILL"),
    });

    internal static void Leave(int pid) => Tell(string.Create(CultureInfo.InvariantCulture, $"leave {pid}"));

    private static void Tell(string line)
    {
        lock (Writing)
        {
            try
            {
                Shell.Value?.WriteLine(line);
            }
            catch (IOException)
            {
                // Somebody ended the guard: the children lose their safety net, but nothing that works now should stop for it.
            }
        }
    }

    private static StreamWriter? StartShell()
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        var session = SearchPath.Find("setsid");
        var start = new ProcessStartInfo(session ?? "/bin/sh", session is null ? ["-c", Script] : ["/bin/sh", "-c", Script])
        {
            RedirectStandardInput = true,
        };
        var shell = Process.Start(start) ?? throw new LocalServiceException("/bin/sh cannot be started.");
        shell.StandardInput.AutoFlush = true;
        return shell.StandardInput;
    }
}
