using SaaS.Benchmarks;
using SaaS.Core.Messaging;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Diagnostics;

/// <summary>Tests the telemetry of one upload, from processes as they are shipped.</summary>
public sealed class UploadTraceTests(OwnCluster cluster, KafkaCluster kafka) : IClassFixture<OwnCluster>
{
    private const string Publish = "publish document.uploaded";
    private const string Process = "process document.uploaded";

    private static readonly string[] About = ["service.name", "service.version", "service.instance.id", "deployment.environment.name"];

    [Theory]
    [InlineData("postgresql")]
    [InlineData("kafka")]
    public async Task An_upload_is_one_trace_across_API_worker_and_backing_services(string transport)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var settings = new Dictionary<string, string?>(receiver.Settings);
        if (transport == "kafka")
        {
            AddKafka(settings);
        }

        await using var api = await cluster.StartApiProcessAsync(settings);
        await using var worker = await cluster.StartWorkerProcessAsync(settings);
        var currentUser = await CurrentUser.RegisterAsync(api, TestUser.NewEmail());
        await currentUser.UploadAsync();

        await Eventually.HoldsAsync(() => Task.FromResult(IsWhole(Upload(receiver))), "the upload's spans are not one tree");
        var spans = Upload(receiver);

        var request = Assert.Single(spans, IsRequest);
        var publish = Assert.Single(spans, span => span.Name == Publish);
        var process = Assert.Single(spans, span => span.Name == Process);
        Assert.Equal("", request.ParentId);
        Assert.Equal((request.Id, publish.Id), (publish.ParentId, process.ParentId));
        Assert.Equal(["SaaS.Api", "SaaS.Worker", "SaaS.Worker"], new[] { request, publish, process }.Select(span => span.Service));
        Assert.Contains(spans, span => span.Name == "object put" && span.ParentId == request.Id);
        Assert.Contains(spans, span => span.Name == "object open" && span.ParentId == process.Id);
        Assert.Contains(
            spans,
            span => span.ParentId == request.Id && span.Attributes.GetValueOrDefault("db.namespace") == currentUser.Tenant.Database
        );
        Assert.Contains(
            spans,
            span => span.ParentId == process.Id && span.Attributes.GetValueOrDefault("db.namespace") == currentUser.Tenant.Database
        );

        Assert.All([request, publish, process], span => Assert.Equal($"{currentUser.Tenant.Id}", span.Attributes["saas.tenant.id"]));
        Assert.All([publish, process], span => Assert.Equal(transport, span.Attributes["messaging.system"]));
        Assert.All([publish, process], span => Assert.Equal("document.uploaded", span.Attributes["messaging.destination.name"]));
        Assert.Equal(("publish", "send"), (publish.Attributes["messaging.operation.name"], publish.Attributes["messaging.operation.type"]));
        Assert.Equal(
            ("process", "process"),
            (process.Attributes["messaging.operation.name"], process.Attributes["messaging.operation.type"])
        );
        Assert.Equal(publish.Attributes["messaging.message.id"], process.Attributes["messaging.message.id"]);
        Assert.Equal("saas-worker-objects", process.Attributes["messaging.consumer.group.name"]); // verification reads an object
        Assert.All(spans, span => Assert.Empty(About.Except(span.Resource.Keys)));
        // Queries that a host makes on its own account are not traced.
        Assert.DoesNotContain(receiver.Spans, span => span.ParentId == "" && span.Attributes.ContainsKey("db.namespace"));
    }

    [Fact]
    public async Task PostgreSQL_and_Redis_spans_are_named_by_their_operation()
    {
        await cluster.StopProvisionerAsync(); // the worker creates the tenant, and exports the spans of it
        await using var receiver = await OtlpReceiver.StartAsync();
        CurrentUser currentUser;
        await using (var api = await cluster.StartApiProcessAsync(receiver.Settings))
        await using (var worker = await cluster.StartWorkerProcessAsync(receiver.Settings))
        {
            currentUser = await CurrentUser.RegisterAsync(api, TestUser.NewEmail());
            var document = await currentUser.UploadAsync();
            using var shown = await currentUser.Http.GetAsync($"{currentUser.Documents}/{document.IdOf()}");
            await Eventually.HoldsAsync(
                () => Task.FromResult(receiver.Spans.Any(span => span.Name == Process)),
                "the upload is not consumed"
            );
        } // a host exports all its spans before it exits

        var statements = receiver.Spans.Where(span => span.Attributes.GetValueOrDefault("db.system.name") == "postgresql").ToList();
        Assert.All(statements, span => Assert.NotEqual("postgresql", span.Name));
        var select = statements.First(span => span.Name == "SELECT documents");
        Assert.Equal(("SELECT", "documents"), (select.Attributes["db.operation.name"], select.Attributes["db.collection.name"]));
        Assert.Equal("SELECT documents", select.Attributes["db.query.summary"]);
        Assert.Contains(statements, span => span.Name == "CREATE DATABASE"); // from the provisioning connection, which is not pooled
        Assert.Contains(statements, span => span.Name == "CONNECT" && span.Attributes["db.namespace"] == currentUser.Tenant.Database);
        Assert.All(receiver.Spans, span => Assert.DoesNotMatch("[0-9a-f]{8}|tenant_[0-9a-f]|'", span.Name));
        Assert.InRange(statements.Select(span => span.Name).Distinct().Count(), 10, 100);

        var commands = receiver.Spans.Where(span => span.Attributes.GetValueOrDefault("db.system.name") == "redis").ToList();
        Assert.NotEmpty(commands);
        Assert.All(commands, span => Assert.Matches("^[A-Z]+$", span.Name));
        Assert.All(
            commands,
            span => Assert.Equal((span.Name, "0"), (span.Attributes["db.operation.name"], span.Attributes["db.namespace"]))
        );
        Assert.DoesNotContain(commands, span => span.Attributes.ContainsKey("db.system"));
    }

    [Fact]
    public async Task A_worker_that_takes_over_after_a_crash_continues_the_trace()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var api = await cluster.StartApiProcessAsync(receiver.Settings);
        using var killed = await cluster.StartWorkerProcessAsync(receiver.Settings);
        var currentUser = await CurrentUser.RegisterAsync(api, TestUser.NewEmail());

        await using (var obstacle = await cluster.OpenAsync(currentUser.Tenant.Database))
        {
            // The event is published, but no consumer can continue.
            await OwnCluster.ExecuteAsync(obstacle, "BEGIN; LOCK TABLE consumed_events IN ACCESS EXCLUSIVE MODE");
            await currentUser.UploadAsync();
            await Eventually.HoldsAsync(
                () => Task.FromResult(Upload(receiver).Any(span => span.Name == Publish)),
                "the event is not published"
            );
            killed.Kill();
        }

        await using var worker = await cluster.StartWorkerProcessAsync(receiver.Settings);
        await Eventually.HoldsAsync(
            () =>
                Task.FromResult(
                    Upload(receiver).FirstOrDefault(span => span.Name == "object open") is { } read && PathOf(read, receiver).Length == 4
                ),
            "nothing leads from the object's read back to the request"
        );
        var read = Upload(receiver).First(span => span.Name == "object open");
        var path = PathOf(read, receiver);

        Assert.Equal(["object open", Process, Publish], path.Take(3).Select(span => span.Name));
        Assert.True(IsRequest(path[3]));
        Assert.Equal("SaaS.Worker", path[1].Service);
        Assert.NotEqual(path[2].Resource["service.instance.id"], path[1].Resource["service.instance.id"]);
    }

    private void AddKafka(Dictionary<string, string?> settings)
    {
        var prefix = $"{Path.GetRandomFileName()}.";
        kafka.Prepare(EventCatalogue.Types.Select(type => prefix + type));
        settings["ConnectionStrings:kafka"] = kafka.Servers;
        settings["Kafka:TopicPrefix"] = prefix;
        settings["Kafka:Partitions"] = $"{KafkaCluster.Partitions}";
        settings["Kafka:FetchWait"] = KafkaBrokers.MockFetchWait.ToString();
    }

    private static List<ReceivedSpan> Upload(OtlpReceiver receiver)
    {
        var spans = receiver.Spans;
        var trace = spans.FirstOrDefault(IsRequest)?.TraceId;
        return [.. spans.Where(span => span.TraceId == trace)];
    }

    private static bool IsRequest(ReceivedSpan span) =>
        span.ParentId == ""
        && span.Name.StartsWith("POST ", StringComparison.Ordinal)
        && span.Name.EndsWith("/documents/", StringComparison.Ordinal);

    private static bool IsWhole(List<ReceivedSpan> spans) =>
        spans.Any(span => span.Name == Process)
        && spans.Count(span => span.ParentId == "") == 1
        && spans.Where(span => span.ParentId != "").All(span => spans.Any(parent => parent.Id == span.ParentId));

    /// <summary>Returns the spans from a span up to the root, as far as they are known.</summary>
    private static ReceivedSpan[] PathOf(ReceivedSpan span, OtlpReceiver receiver)
    {
        var spans = Upload(receiver);
        List<ReceivedSpan> path = [span];
        while (spans.Find(parent => parent.Id == path[^1].ParentId) is { } parent)
        {
            path.Add(parent);
        }

        return [.. path];
    }
}
