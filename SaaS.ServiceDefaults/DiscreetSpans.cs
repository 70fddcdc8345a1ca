using System.Diagnostics;
using OpenTelemetry;

namespace SaaS.ServiceDefaults;

/// <summary>
/// What leaves with a span: the tenant, whatever it is a part of; nothing that a person has written; and no span of what a host
/// asks its engines on its own account, every few seconds and in no request, event or job.
/// </summary>
internal sealed class DiscreetSpans : BaseProcessor<Activity>
{
    /// <summary>The same tag as <c>SaaSDiagnostics.TenantId</c>.</summary>
    public const string TenantId = "saas.tenant.id";

    // Paths and queries hold what the caller wrote there; the route says which endpoint it was. An address belongs to a person.
    private static readonly string[] OfPeople = ["url.path", "url.query", "client.address", "network.peer.address", "network.peer.port", "user_agent.original"];

    public override void OnStart(Activity activity)
    {
        if (activity.Parent?.GetTagItem(TenantId) is { } tenant)
        {
            activity.SetTag(TenantId, tenant);
        }
    }

    public override void OnEnd(Activity activity)
    {
        switch (activity.Kind)
        {
            case ActivityKind.Server:
                foreach (var tag in OfPeople)
                {
                    activity.SetTag(tag, null);
                }

                break;

            case ActivityKind.Client when activity.ParentSpanId == default:
                activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
                break;

            case ActivityKind.Client:
                HideValues(activity);
                break;
        }
    }

    private static void HideValues(Activity activity)
    {
        // The address of a monitor is a secret as a whole, and the key of an object says nothing.
        if (activity.GetTagItem("url.full") is string url)
        {
            activity.SetTag("url.full", Uri.TryCreate(url, UriKind.Absolute, out var address) ? address.GetLeftPart(UriPartial.Authority) : null);
        }

        // Values travel beside a statement, except in those that take none, such as what makes a role with its password.
        foreach (var tag in (ReadOnlySpan<string>)["db.query.text", "db.statement"])
        {
            if (activity.GetTagItem(tag) is string statement && (statement.Contains('\'', StringComparison.Ordinal) || statement.Contains('$', StringComparison.Ordinal) && statement.Contains("$$", StringComparison.Ordinal)))
            {
                activity.SetTag(tag, null);
            }
        }
    }
}
