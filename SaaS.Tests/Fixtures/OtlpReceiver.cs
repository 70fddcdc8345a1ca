using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace SaaS.Tests.Fixtures;

/// <summary>A server that receives telemetry from hosts as a collector does: OTLP over HTTP.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly ConcurrentQueue<(string Signal, byte[] Body)> _received = [];

    private OtlpReceiver(WebApplication server)
    {
        _server = server;
        server.Run(TakeAsync);
    }

    /// <summary>Settings that make a host export to this receiver at short intervals.</summary>
    public IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = _server.Urls.Single(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
            ["OTEL_BLRP_SCHEDULE_DELAY"] = "100",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
        };

    /// <summary>Every span received so far.</summary>
    public IReadOnlyList<ReceivedSpan> Spans =>
        [
            .. from body in Bodies("/v1/traces")
            from resource in Protobuf.Read(body, 1)
            let about = Attributes(Protobuf.Read(resource, 1).FirstOrDefault(), 1)
            from scope in Protobuf.Read(resource, 2)
            from span in Protobuf.Read(scope, 2)
            select new ReceivedSpan(
                about,
                Protobuf.HexOf(span, 1),
                Protobuf.HexOf(span, 2),
                Protobuf.HexOf(span, 4),
                Protobuf.TextOf(span, 5),
                Attributes(span, 9)
            ),
        ];

    /// <summary>Every log record received so far, with its text and its attributes.</summary>
    public IReadOnlyList<(string Text, Dictionary<string, string> Attributes)> Logs =>
        [
            .. from body in Bodies("/v1/logs")
            from resource in Protobuf.Read(body, 1)
            from scope in Protobuf.Read(resource, 2)
            from record in Protobuf.Read(scope, 2)
            select (Protobuf.TextOf(Protobuf.Read(record, 5).FirstOrDefault(), 1), Attributes(record, 6)),
        ];

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var receiver = new OtlpReceiver(builder.Build());
        await receiver._server.StartAsync();
        return receiver;
    }

    /// <summary>Returns the request bodies received for one signal, unchanged.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Bodies(string path) =>
        _received.Where(it => it.Signal == path).Select(it => (ReadOnlyMemory<byte>)it.Body);

    /// <summary>Returns true if any request received so far contains these bytes, because OTLP does not encode text.</summary>
    public bool HasAnywhere(ReadOnlySpan<byte> text)
    {
        foreach (var (_, body) in _received)
        {
            if (body.AsSpan().IndexOf(text) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        _received.Enqueue((http.Request.Path, body.ToArray()));
    }

    private static Dictionary<string, string> Attributes(ReadOnlyMemory<byte> message, int field) =>
        Protobuf
            .Read(message, field)
            .Select(pair => (Key: Protobuf.TextOf(pair, 1), Value: ValueOf(Protobuf.Read(pair, 2).FirstOrDefault())))
            .GroupBy(pair => pair.Key)
            .ToDictionary(pairs => pairs.Key, pairs => pairs.Last().Value);

    private static string ValueOf(ReadOnlyMemory<byte> value) =>
        Protobuf.Read(value).Select(it => it.Field is 1 ? Protobuf.TextOf(value, 1) : $"{it.Number}").FirstOrDefault("");
}

/// <summary>A span as it was sent.</summary>
internal sealed record ReceivedSpan(
    Dictionary<string, string> Resource,
    string TraceId,
    string Id,
    string ParentId,
    string Name,
    Dictionary<string, string> Attributes
)
{
    public string Service => Resource["service.name"];
}
