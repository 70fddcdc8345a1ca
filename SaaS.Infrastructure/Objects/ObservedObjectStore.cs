using System.Diagnostics;
using System.Diagnostics.Metrics;
using SaaS.Infrastructure.Diagnostics;

namespace SaaS.Infrastructure.Objects;

/// <summary>Records the duration and the outcome of each call to a store, as a span and as a metric.</summary>
internal sealed class ObservedObjectStore(ObjectStore store, string system, TimeProvider clock) : ObjectStore, IDisposable
{
    private static readonly Histogram<double> Durations = SaaSDiagnostics.Meter.CreateHistogram<double>(
        "saas.objects.duration",
        "s",
        "Duration of calls to the object store, by operation and failure"
    );

    /// <summary>The decorated store.</summary>
    public ObjectStore Store => store;

    public override Task PutAsync(ObjectKey key, Stream content, CancellationToken ct) =>
        ObserveAsync("put", () => store.PutAsync(key, content, ct), ct);

    public override Task<Stream?> OpenAsync(ObjectKey key, CancellationToken ct) =>
        ObserveAsync("open", () => store.OpenAsync(key, ct), ct);

    public override Task DeleteAsync(ObjectKey key, CancellationToken ct) => ObserveAsync("delete", () => store.DeleteAsync(key, ct), ct);

    public override Task<bool> ExistsAsync(ObjectKey key, CancellationToken ct) =>
        ObserveAsync("exists", () => store.ExistsAsync(key, ct), ct);

    public override IAsyncEnumerable<StoredObject> ListAsync(ObjectPrefix prefix, CancellationToken ct) => store.ListAsync(prefix, ct);

    public override Task DeleteAllAsync(ObjectPrefix prefix, CancellationToken ct) =>
        ObserveAsync("delete_all", () => store.DeleteAllAsync(prefix, ct), ct);

    public override bool MayLeaveUnfinished(long size) => store.MayLeaveUnfinished(size);

    public override Task<int> DeleteUnfinishedAsync(ObjectKey key, CancellationToken ct) =>
        ObserveAsync("delete_unfinished", () => store.DeleteUnfinishedAsync(key, ct), ct);

    public override Task<int> DeleteUnfinishedAsync(ObjectPrefix prefix, DateTimeOffset begunBefore, CancellationToken ct) =>
        ObserveAsync("delete_unfinished", () => store.DeleteUnfinishedAsync(prefix, begunBefore, ct), ct);

    public override Uri? SignLink(ObjectKey key, LinkedFile file, TimeSpan validFor) => store.SignLink(key, file, validFor);

    public override Task PrepareAsync(CancellationToken ct) => store.PrepareAsync(ct);

    public override Task CheckAsync(CancellationToken ct) => store.CheckAsync(ct); // probes would distort the metric of user requests

    public void Dispose() => (store as IDisposable)?.Dispose();

    private Task<bool> ObserveAsync(string operation, Func<Task> call, CancellationToken ct) =>
        ObserveAsync(
            operation,
            async () =>
            {
                await call();
                return true;
            },
            ct
        );

    private async Task<T> ObserveAsync<T>(string operation, Func<Task<T>> call, CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        using var span = SaaSDiagnostics.Calls.StartActivity($"object {operation}", ActivityKind.Client);
        span?.SetTag("saas.objects.operation", operation).SetTag("saas.objects.system", system);
        string? failure = null;
        try
        {
            return await call();
        }
        catch (Exception e)
        {
            failure = e is OperationCanceledException && ct.IsCancellationRequested ? "cancelled" : e.GetType().Name;
            span?.SetStatus(ActivityStatusCode.Error, failure).SetTag("error.type", failure);
            throw;
        }
        finally
        {
            TagList tags = new() { { "operation", operation }, { "error.type", failure ?? "" } };
            Durations.Record(clock.GetElapsedTime(began).TotalSeconds, tags);
        }
    }
}
