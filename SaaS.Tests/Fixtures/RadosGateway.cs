using System.Globalization;
using SaaS.Infrastructure.Objects;
using SaaS.LocalServices;

namespace SaaS.Tests.Fixtures;

/// <summary>Ceph's S3 gateway with the smallest possible cluster: one monitor, and one store that keeps everything in memory.</summary>
internal sealed class RadosGateway : IAsyncDisposable
{
    public const string KmsKeyId = "test-key";

    private const string User = "client.rgw";
    private static readonly string[] Programs = ["radosgw", "radosgw-admin", "ceph-mon", "ceph-osd", "monmaptool", "osdmaptool"];
    private static readonly string[] Folders = ["mon", "osd", "rgw"];
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(90);

    private readonly string _folder = Directory.CreateTempSubdirectory("saas-s3-").FullName;
    private readonly List<ChildProcess> _processes = [];
    private readonly Queue<string> _said = new();

    private RadosGateway()
    {
        Access = new S3Access(
            new Uri($"http://127.0.0.1:{FreePort()}"),
            "SAASTESTS",
            Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(20))
        );
    }

    public static bool IsInstalled => Programs.All(program => SearchPath.Find(program) is not null);

    public S3Access Access { get; }

    public static async Task<RadosGateway> StartAsync()
    {
        var gateway = new RadosGateway();
        try
        {
            using var timeout = new CancellationTokenSource(Timeout);
            await gateway.StartAsync(timeout.Token);
            return gateway;
        }
        catch (Exception e)
        {
            var said = string.Join('\n', gateway._said.ToArray());
            await gateway.DisposeAsync();
            throw new InvalidOperationException($"The S3 gateway did not start: {said}", e);
        }
    }

    /// <summary>Creates an additional key for the same user.</summary>
    public async Task<S3Key> AddKeyAsync(CancellationToken ct)
    {
        var key = new S3Key(
            $"SAAS{System.Security.Cryptography.RandomNumberGenerator.GetHexString(12)}",
            System.Security.Cryptography.RandomNumberGenerator.GetHexString(40)
        );
        await RunAsync(
            "radosgw-admin",
            ["-n", User, "key", "create", "--uid=saas", "--key-type=s3", $"--access-key={key.AccessKey}", $"--secret-key={key.SecretKey}"],
            ct
        );
        return key;
    }

    /// <summary>Removes a key. Requests signed with it are rejected from then on.</summary>
    public Task RemoveKeyAsync(S3Key key, CancellationToken ct) =>
        RunAsync("radosgw-admin", ["-n", User, "key", "rm", "--uid=saas", "--key-type=s3", $"--access-key={key.AccessKey}"], ct);

    public async ValueTask DisposeAsync()
    {
        // All at once and without a grace period: nothing is stored, and the gateway does not stop without the others.
        await Task.WhenAll(_processes.Select(process => process.StopAsync(TimeProvider.System, CancellationToken.None)));
        _processes.ForEach(process => process.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartAsync(CancellationToken ct)
    {
        var cluster = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();
        var monitor = $"[v2:127.0.0.1:{FreePort()},v1:127.0.0.1:{FreePort()}]";
        await File.WriteAllTextAsync(Path.Combine(_folder, "ceph.conf"), Configuration(cluster, monitor), ct);
        foreach (var folder in Folders)
        {
            Directory.CreateDirectory(Path.Combine(_folder, folder));
        }

        await RunAsync("monmaptool", ["--create", "--fsid", cluster, "--addv", "a", monitor, "monmap"], ct);
        // Contains the one store from the start, so that it needs no registration.
        await RunAsync("osdmaptool", ["--createsimple", "1", "osdmap"], ct);
        await RunAsync("ceph-mon", ["-i", "a", "--mkfs", "--monmap", "monmap", "--osdmap", "osdmap"], ct);
        Start("ceph-mon", "-i", "a", "-f");
        await RunAsync(
            "ceph-osd",
            ["-i", "0", "--mkfs", "--osd-uuid", Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString()],
            ct
        );
        Start("ceph-osd", "-i", "0", "-f");
        await RunAsync(
            "radosgw-admin",
            [
                "-n",
                User,
                "user",
                "create",
                "--uid=saas",
                "--display-name=saas",
                $"--access-key={Access.AccessKey}",
                $"--secret-key={Access.SecretKey}",
            ],
            ct
        );
        Start("radosgw", "-n", User, "-f");
        await Eventually.HoldsAsync(AnswersAsync, "the S3 gateway does not answer", Timeout);
    }

    private Task<string> RunAsync(string program, string[] arguments, CancellationToken ct) =>
        ShortCommand.RunAsync(SearchPath.Find(program)!, [.. arguments, "-c", "ceph.conf"], _folder, ct);

    private void Start(string program, params string[] arguments) =>
        _processes.Add(
            ChildProcess.Start(
                new ChildCommand(SearchPath.Find(program)!, [.. arguments, "-c", "ceph.conf"])
                {
                    WorkingDirectory = _folder,
                    StopTimeout = TimeSpan.FromMilliseconds(100),
                },
                Hear
            )
        );

    private void Hear(string line)
    {
        lock (_said)
        {
            _said.Enqueue(line);
            if (_said.Count > 50)
            {
                _said.Dequeue();
            }
        }
    }

    private async Task<bool> AnswersAsync()
    {
        using var http = new HttpClient();
        try
        {
            using var answer = await http.GetAsync(Access.Endpoint);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int FreePort() => Ports.FreeOr(0);

    private string Configuration(string cluster, string monitor) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            [global]
            fsid = {cluster}
            mon_host = {monitor}
            run_dir = {_folder}
            log_file = {_folder}/$name.log
            admin_socket =
            pid_file =
            public_addr = 127.0.0.1
            cluster_addr = 127.0.0.1
            auth_cluster_required = none
            auth_service_required = none
            auth_client_required = none
            # Without it clients and monitor never agree on how to speak.
            ms_mon_client_mode = crc
            # One store, one copy.
            mon_allow_pool_size_one = true
            osd_pool_default_size = 1
            osd_pool_default_min_size = 1
            osd_pool_default_pg_num = 1
            osd_pool_default_pgp_num = 1
            osd_pool_default_pg_autoscale_mode = off
            osd_crush_chooseleaf_type = 0
            mon_max_pg_per_osd = 1000
            # The gateway makes its pools one by one, and waits for the monitor each time: these halve its start.
            paxos_propose_interval = 0.05
            paxos_min_wait = 0.01
            mon_tick_interval = 1
            [mon.a]
            mon_data = {_folder}/mon
            mon_initial_members = a
            [osd.0]
            osd_data = {_folder}/osd
            osd_objectstore = memstore
            memstore_device_bytes = 2147483648
            [{User}]
            rgw_frontends = beast endpoint={Access.Endpoint.Authority}
            rgw_data = {_folder}/rgw
            rgw_enable_usage_log = false
            rgw_enable_quota_threads = false
            rgw_run_sync_thread = false
            rgw_num_control_oids = 1
            rgw_gc_max_objs = 1
            rgw_lc_max_objs = 1
            rgw_md_log_max_shards = 1
            rgw_data_log_num_shards = 1
            rgw_objexp_hints_num_shards = 1
            rgw_reshard_num_logs = 1
            rgw_crypt_require_ssl = false
            rgw_crypt_s3_kms_backend = testing
            rgw_crypt_s3_kms_encryption_keys = {KmsKeyId}=YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=

            """
        );
}
