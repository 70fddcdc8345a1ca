using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;

namespace SaaS.Benchmarks;

/// <summary>
/// The mock broker of librdkafka: the real protocol on loopback, in memory, at most 5 MB per partition. It does not create topics on
/// request, and crashes the process when a group has two assignment strategies.
/// https://github.com/confluentinc/librdkafka/blob/master/src/rdkafka_mock.h
/// </summary>
internal sealed class KafkaMock : IDisposable
{
    private const string Name = "librdkafka-of-this-process";
    private const short ProduceRequest = 0;

    private readonly nint _client;
    private readonly nint _cluster;

    static KafkaMock() =>
        NativeLibrary.SetDllImportResolver(typeof(KafkaMock).Assembly, (name, _, _) => name == Name ? LoadLibrary() : nint.Zero);

    public KafkaMock()
    {
        var reason = new byte[512];
        var configuration = rd_kafka_conf_new();

        // Otherwise the client logs that no brokers are configured.
        Require(rd_kafka_conf_set(configuration, "log_level", "0", reason, (nuint)reason.Length) == 0, reason);
        _client = rd_kafka_new(type: 0, configuration, reason, (nuint)reason.Length);
        Require(_client != nint.Zero, reason);
        _cluster = rd_kafka_mock_cluster_new(_client, brokers: 1);
        Require(_cluster != nint.Zero, "this librdkafka has no mock cluster"u8);
        Servers = Marshal.PtrToStringUTF8(rd_kafka_mock_cluster_bootstraps(_cluster))!;
    }

    public string Servers { get; }

    /// <summary>Creates a topic, because the mock broker does not answer the client's own request.</summary>
    public void Create(string topic, int partitions) =>
        Require(rd_kafka_mock_topic_create(_cluster, topic, partitions, replicas: 1) == 0, "the topic cannot be created"u8);

    /// <summary>
    /// Makes the next produce requests fail with these errors, in order. Unlike a real broker, it does not reject the requests after a
    /// failed one.
    /// </summary>
    public void FailNext(params ErrorCode[] errors) =>
        rd_kafka_mock_push_request_errors_array(_cluster, ProduceRequest, (nuint)errors.Length, [.. errors.Select(error => (int)error)]);

    /// <summary>Advertises this port to clients, so that their traffic goes through a proxy.</summary>
    public void AdvertisePort(int port) => rd_kafka_mock_broker_set_host_port(_cluster, broker: 1, "127.0.0.1", port);

    public void Dispose()
    {
        rd_kafka_mock_cluster_destroy(_cluster);
        rd_kafka_destroy(_client);
    }

    private static void Require(bool done, ReadOnlySpan<byte> reason)
    {
        if (!done)
        {
            throw new InvalidOperationException(Encoding.UTF8.GetString(reason).TrimEnd('\0'));
        }
    }

    // Returns the build that Confluent.Kafka has chosen and loaded, because another build would be a second library.
    private static nint LoadLibrary()
    {
        _ = Library.Version;
        if (!OperatingSystem.IsLinux())
        {
            return NativeLibrary.Load("librdkafka", typeof(Library).Assembly, searchPath: null);
        }

        // 7f2a54000000-7f2a54a00000 r--p 00000000 08:01 131 /…/runtimes/linux-x64/native/centos8-librdkafka.so
        var line = File.ReadLines("/proc/self/maps").First(mapped => mapped.Contains("librdkafka", StringComparison.Ordinal));
        return NativeLibrary.Load(line[line.IndexOf('/', StringComparison.Ordinal)..]);
    }

#pragma warning disable SYSLIB1054 // source-generated marshalling requires unsafe code
    [DllImport(Name)]
    private static extern nint rd_kafka_conf_new();

    [DllImport(Name)]
    private static extern int rd_kafka_conf_set(
        nint configuration,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string key,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string value,
        byte[] reason,
        nuint size
    );

    [DllImport(Name)]
    private static extern nint rd_kafka_new(int type, nint configuration, byte[] reason, nuint size);

    [DllImport(Name)]
    private static extern void rd_kafka_destroy(nint client);

    [DllImport(Name)]
    private static extern nint rd_kafka_mock_cluster_new(nint client, int brokers);

    [DllImport(Name)]
    private static extern void rd_kafka_mock_cluster_destroy(nint cluster);

    [DllImport(Name)]
    private static extern nint rd_kafka_mock_cluster_bootstraps(nint cluster);

    [DllImport(Name)]
    private static extern int rd_kafka_mock_topic_create(
        nint cluster,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string topic,
        int partitions,
        int replicas
    );

    [DllImport(Name)]
    private static extern void rd_kafka_mock_broker_set_host_port(
        nint cluster,
        int broker,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string host,
        int port
    );

    [DllImport(Name)]
    private static extern void rd_kafka_mock_push_request_errors_array(nint cluster, short request, nuint count, int[] errors);
#pragma warning restore SYSLIB1054
}
