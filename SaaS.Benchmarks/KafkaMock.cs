using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;

namespace SaaS.Benchmarks;

/// <summary>
/// The broker that librdkafka carries for its own tests: the real protocol on loopback, nothing on disk, at most 5 MB in a
/// partition. It makes no topic when it is asked to, and ends the process when one group has two ways to share partitions.
/// https://github.com/confluentinc/librdkafka/blob/master/src/rdkafka_mock.h
/// </summary>
internal sealed class KafkaMock : IDisposable
{
    private const string Name = "librdkafka-of-this-process";
    private const short ProduceRequest = 0;

    private readonly nint _client;
    private readonly nint _cluster;

    static KafkaMock() =>
        NativeLibrary.SetDllImportResolver(typeof(KafkaMock).Assembly, (name, _, _) => name == Name ? Loaded() : nint.Zero);

    public KafkaMock()
    {
        var reason = new byte[512];
        var configuration = rd_kafka_conf_new();
        Require(rd_kafka_conf_set(configuration, "log_level", "0", reason, (nuint)reason.Length) == 0, reason); // it would say that it knows no brokers
        _client = rd_kafka_new(type: 0, configuration, reason, (nuint)reason.Length);
        Require(_client != nint.Zero, reason);
        _cluster = rd_kafka_mock_cluster_new(_client, brokers: 1);
        Require(_cluster != nint.Zero, "this librdkafka has no mock cluster"u8);
        Servers = Marshal.PtrToStringUTF8(rd_kafka_mock_cluster_bootstraps(_cluster))!;
    }

    public string Servers { get; }

    /// <summary>Makes a topic, as its answer to the client's own call never comes.</summary>
    public void Create(string topic, int partitions) =>
        Require(rd_kafka_mock_topic_create(_cluster, topic, partitions, replicas: 1) == 0, "the topic cannot be made"u8);

    /// <summary>The next requests to publish fail like this, one after the other. No request is refused for what came before it, as a broker would.</summary>
    public void RefuseNext(params ErrorCode[] errors) => rd_kafka_mock_push_request_errors_array(_cluster, ProduceRequest, (nuint)errors.Length, [.. errors.Select(error => (int)error)]);

    /// <summary>Tells clients that the broker is at this port: whatever they do goes through what listens there.</summary>
    public void StandBehind(int port) => rd_kafka_mock_broker_set_host_port(_cluster, broker: 1, "127.0.0.1", port);

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

    // Confluent.Kafka brings several builds and chooses one by the system: a second one beside it would be a second library.
    private static nint Loaded()
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

#pragma warning disable SYSLIB1054 // generated marshalling would need unsafe code in this project
    [DllImport(Name)]
    private static extern nint rd_kafka_conf_new();

    [DllImport(Name)]
    private static extern int rd_kafka_conf_set(
        nint configuration, [MarshalAs(UnmanagedType.LPUTF8Str)] string key, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, byte[] reason, nuint size);

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
    private static extern int rd_kafka_mock_topic_create(nint cluster, [MarshalAs(UnmanagedType.LPUTF8Str)] string topic, int partitions, int replicas);

    [DllImport(Name)]
    private static extern void rd_kafka_mock_broker_set_host_port(nint cluster, int broker, [MarshalAs(UnmanagedType.LPUTF8Str)] string host, int port);

    [DllImport(Name)]
    private static extern void rd_kafka_mock_push_request_errors_array(nint cluster, short request, nuint count, int[] errors);
#pragma warning restore SYSLIB1054
}
