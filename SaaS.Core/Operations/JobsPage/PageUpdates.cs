using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SaaS.Core.Access;
using SaaS.Core.Design;
using SaaS.Core.Identity.Sessions;

namespace SaaS.Core.Operations.JobsPage;

/// <summary>Sends changed sections of a page as server-sent events, until the client disconnects or its session ends.</summary>
internal sealed class PageUpdates(IServiceScopeFactory scopes, IHostApplicationLifetime lifetime, TimeProvider clock)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private const string Section = "section";
    private const string Unavailable = "unavailable";
    private const string Ended = "ended";

    /// <param name="render">Reads and renders the sections, always in the same order.</param>
    public IResult Send<TReader>(
        HttpContext http,
        Func<TReader, Pages, CancellationToken, Task<IReadOnlyList<string>>> render,
        CancellationToken ct
    )
        where TReader : notnull =>
        // The stream of a HEAD request would never end.
        TypedResults.ServerSentEvents(
            HttpMethods.IsHead(http.Request.Method)
                ? AsyncEnumerable.Empty<SseItem<string>>()
                : ReadAsync(CurrentUser.Get(http)!, render, ct)
        );

    private async IAsyncEnumerable<SseItem<string>> ReadAsync<TReader>(
        CurrentUser currentUser,
        Func<TReader, Pages, CancellationToken, Task<IReadOnlyList<string>>> render,
        [EnumeratorCancellation] CancellationToken ct
    )
        where TReader : notnull
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct, lifetime.ApplicationStopping);
        IReadOnlyList<string> shown = [];
        while (!stop.IsCancellationRequested)
        {
            var (maySee, sections) = await PollAsync(currentUser, render, stop.Token);
            if (!maySee)
            {
                yield return new SseItem<string>("", Ended);
                yield break;
            }

            if (sections is null)
            {
                yield return new SseItem<string>("", Unavailable);
            }
            else
            {
                for (var i = 0; i < sections.Count; i++)
                {
                    if (shown.Count <= i || shown[i] != sections[i])
                    {
                        yield return new SseItem<string>(sections[i], Section);
                    }
                }

                shown = sections;
            }

            await Task.Delay(Interval, clock, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>No sections while the database is unavailable.</returns>
    private async Task<(bool MaySee, IReadOnlyList<string>? Sections)> PollAsync<TReader>(
        CurrentUser currentUser,
        Func<TReader, Pages, CancellationToken, Task<IReadOnlyList<string>>> render,
        CancellationToken ct
    )
        where TReader : notnull
    {
        await using var scope = scopes.CreateAsyncScope();
        var services = scope.ServiceProvider;
        try
        {
            return
                await services.GetRequiredService<SessionStore>().FindCurrentUserAsync(currentUser.UserId, currentUser.SessionId, ct)
                    is { IsPlatformAdmin: true }
                ? (true, await render(services.GetRequiredService<TReader>(), services.GetRequiredService<Pages>(), ct))
                : (false, null);
        }
        catch (Exception e) when (ct.IsCancellationRequested || PageRules.IsDatabaseUnavailable(e))
        {
            return (true, null);
        }
    }
}
