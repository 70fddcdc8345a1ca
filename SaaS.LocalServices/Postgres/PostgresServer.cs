using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace SaaS.LocalServices;

internal sealed record PostgresServerOptions(string DataDirectory, string Password)
{
    /// <summary>The preferred port; any free port is used when it is in use or 0.</summary>
    public int Port { get; init; } = 5432;

    /// <summary>False disables fsync for speed, for tests and temporary data.</summary>
    public bool Durable { get; init; } = true;

    public int MaxConnections { get; init; } = 400;

    /// <summary>Receives a message when the server has crashed and is restarted.</summary>
    public Action<string>? OnCrash { get; init; }
}

/// <summary>A PostgreSQL server as a child process.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private static readonly string[] NonDurable = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"];

    // Recovery syncs every file, and each tenant database has 300: one by one this takes minutes.
    private static readonly string[] QuickRecovery = ["-c", "recovery_init_sync_method=syncfs"];

    private static readonly TimeSpan CheckpointTimeout = TimeSpan.FromMinutes(1);

    private readonly SupervisedProcess _process;

    private PostgresServer(
        PostgresBinaries binaries,
        PostgresCluster cluster,
        PostgresServerOptions options,
        PostgresOutput output,
        TimeProvider clock
    )
    {
        Port = Ports.FreeOr(options.Port);
        Password = options.Password;
        Binaries = binaries;
        var command = new SupervisedCommand(
            async ct =>
            {
                await cluster.CleanUpAsync(clock, ct);
                return Command(binaries, cluster, options);
            },
            IsReadyAsync,
            output.Add
        )
        {
            OnCrash = options.OnCrash,
        };
        _process = new SupervisedProcess(command, output.Log, clock, skipWait: CancellationToken.None);
    }

    internal string Host { get; } = "127.0.0.1";

    internal int Port { get; }

    internal string Address => $"{Host}:{Port}";

    internal string Password { get; }

    /// <summary>The connection string of the superuser.</summary>
    internal string ConnectionString => $"Host={Host};Port={Port};Database=postgres;Username=postgres;Password={Password}";

    internal PostgresBinaries Binaries { get; }

    /// <summary>True when this start created the database.</summary>
    internal bool IsNew { get; private init; }

    // The caller deletes only the folder that it named, so the substitute folder is deleted here.
    private string? TemporaryFolder { get; init; }

    /// <summary>Stops a server that a killed run has left running.</summary>
    internal static async Task StopOrphanedAsync(string dataDirectory, string password, TimeProvider clock, CancellationToken ct)
    {
        var account = PostgresAccount.Choose();
        var folder = await account.GetAccessibleFolderAsync(Path.GetFullPath(dataDirectory), password, ct);
        if (Directory.Exists(folder))
        {
            await new PostgresCluster(folder, account).CleanUpAsync(clock, ct);
        }
    }

    internal static async Task<PostgresServer> StartAsync(
        PostgresServerOptions options,
        ILogger log,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var account = PostgresAccount.Choose();
        var wanted = Path.GetFullPath(options.DataDirectory);
        var cluster = new PostgresCluster(await account.GetAccessibleFolderAsync(wanted, options.Password, ct), account);
        var binaries = await PostgresBinaries.FindAsync(cluster.Major, fetchTo: cluster.Folder + "-binaries", ct);
        var isNew = cluster.Major is null;
        if (isNew)
        {
            await cluster.CreateAsync(binaries, options.Password, options.Durable, ct);
        }

        await cluster.CleanUpAsync(clock, ct); // before the port is assigned, because an orphaned server may hold it
        var output = new PostgresOutput(log);
        var server = new PostgresServer(binaries, cluster, options, output, clock)
        {
            IsNew = isNew,
            TemporaryFolder = !options.Durable && cluster.Folder != wanted ? Path.GetDirectoryName(cluster.Folder) : null,
        };
        try
        {
            await server._process.Ready.WaitAsync(ct);
            return server;
        }
        catch (LocalServiceException failure)
        {
            var message = FullDisk.Explain(output.LastLines, cluster.Folder) ?? failure.Message + output.LastLines;
            await server.DisposeAsync();
            throw new LocalServiceException(message, failure);
        }
        catch (OperationCanceledException)
        {
            await server.DisposeAsync();
            throw;
        }
    }

    internal void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        if (TemporaryFolder is not null && Directory.Exists(TemporaryFolder))
        {
            Directory.Delete(TemporaryFolder, recursive: true);
        }
    }

    private ChildCommand Command(PostgresBinaries binaries, PostgresCluster cluster, PostgresServerOptions options)
    {
        var command = cluster.Account.Command(
            binaries.Postgres,
            [
                "-D",
                cluster.Folder,
                "-p",
                Port.ToString(CultureInfo.InvariantCulture),
                "-c",
                $"listen_addresses={Host}",
                "-c",
                "unix_socket_directories=", // not needed, and a socket path is limited to 107 bytes
                "-c",
                $"max_connections={options.MaxConnections.ToString(CultureInfo.InvariantCulture)}",
                "-c",
                "logging_collector=off",
                "-c",
                "log_destination=stderr",
                "-c",
                "log_line_prefix=",
                .. OperatingSystem.IsLinux() ? QuickRecovery : [],
                .. options.Durable ? [] : NonDurable,
            ]
        );
        return command with { Stop = StopSignal.Interrupt, StopTimeout = CheckpointTimeout };
    }

    private async Task<bool> IsReadyAsync(CancellationToken ct)
    {
        try
        {
            await using var connection = new NpgsqlConnection($"{ConnectionString};Pooling=false;Timeout=2");
            await connection.OpenAsync(ct);
            return true;
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InvalidPassword)
        {
            throw new LocalServiceException(
                "does not accept the password of the key ring: keys/ and postgres/ of the data folder do not belong together",
                refused
            );
        }
        catch (NpgsqlException)
        {
            return false; // not listening yet, or still recovering
        }
    }
}
