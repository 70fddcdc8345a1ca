using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SaaS.Core.Jobs;

/// <summary>The kind of a ping to a monitor of cron jobs.</summary>
internal enum JobPing
{
    Start,
    Success,
    Fail,
}

/// <summary>
/// Pings a monitor of cron jobs (such as healthchecks.io) about runs with a POST to the URL of the check, followed by <c>/start</c> or
/// <c>/fail</c>. Only such a monitor detects that no scheduler runs at all; jobs neither wait for it nor fail when it is unavailable.
/// </summary>
internal sealed partial class JobPings(IHttpClientFactory clients, ILogger<JobPings> logger) : BackgroundService
{
    public const string Client = "job-pings";

    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private const int Capacity = 1_000;

    // Pings are sent in order, because a start that arrives after its success would look like a run that never ends.
    private readonly Channel<(string Job, Uri Address)> _queue = Channel.CreateBounded<(string, Uri)>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }
    );

    public void Send(string job, Uri check, JobPing ping) =>
        _queue.Writer.TryWrite(
            (
                job,
                ping switch
                {
                    JobPing.Start => Below(check, "start"),
                    JobPing.Success => check,
                    JobPing.Fail => Below(check, "fail"),
                }
            )
        );

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        if (ExecuteTask is { } sending)
        {
            // Queued pings are still sent, unless the monitor exceeds the shutdown timeout.
            await sending.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var (job, address) in _queue.Reader.ReadAllAsync(CancellationToken.None))
        {
            try
            {
                using var client = clients.CreateClient(Client);
                using var answer = await client.PostAsync(address, content: null, CancellationToken.None);
                answer.EnsureSuccessStatusCode();
            }
#pragma warning disable CA1031 // no failure of the monitor may stop later pings
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogNotTold(job, e.GetType().Name); // not the message, because it may contain the secret URL of the check
            }
        }
    }

    private static Uri Below(Uri check, string word) => new($"{check.GetLeftPart(UriPartial.Path).TrimEnd('/')}/{word}{check.Query}");

    [LoggerMessage(EventId = 3104, Level = LogLevel.Warning, Message = "The monitor of job {Job} could not be pinged: {Failure}")]
    private partial void LogNotTold(string job, string failure);
}
