using System.Diagnostics;
using OpenTelemetry;

namespace SaaS.ServiceDefaults;

/// <summary>Adds the tenant to spans, and removes personal data and background noise from what is exported.</summary>
internal sealed class RedactingActivityProcessor : BaseProcessor<Activity>
{
    /// <summary>Equal to <c>SaaSDiagnostics.TenantId</c>.</summary>
    public const string TenantId = "saas.tenant.id";

    // Paths and queries contain text of the client, and addresses are personal data. The route identifies the endpoint.
    private static readonly string[] PersonalTags =
    [
        "url.path",
        "url.query",
        "client.address",
        "network.peer.address",
        "network.peer.port",
        "user_agent.original",
    ];

    public override void OnStart(Activity activity)
    {
        if (IsNoise(activity))
        {
            activity.IsAllDataRequested = false;
            activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
        else if (activity.Parent?.GetTagItem(TenantId) is { } tenant)
        {
            activity.SetTag(TenantId, tenant);
        }
    }

    public override void OnEnd(Activity activity)
    {
        switch (activity.Kind)
        {
            case ActivityKind.Server:
                foreach (var tag in PersonalTags)
                {
                    activity.SetTag(tag, null);
                }

                break;

            case ActivityKind.Client:
                RedactValues(activity);
                break;
        }
    }

    /// <summary>
    /// Returns true for calls outside any request, event or job, such as polling, and for children of an unrecorded span, such as a
    /// probe's. The latter occur with the sampler <c>always_on</c>, which Aspire sets and which ignores the parent's decision.
    /// </summary>
    private static bool IsNoise(Activity activity) =>
        activity.Kind is ActivityKind.Client && activity.ParentSpanId == default || activity.Parent is { Recorded: false };

    private static void RedactValues(Activity activity)
    {
        // A monitor's address is secret as a whole, and an object's key carries no information.
        if (activity.GetTagItem("url.full") is string url)
        {
            var origin = Uri.TryCreate(url, UriKind.Absolute, out var address) ? address.GetLeftPart(UriPartial.Authority) : null;
            activity.SetTag("url.full", origin);
        }

        // Values are parameters, except in statements that allow none, such as CREATE ROLE with a password.
        foreach (var tag in (ReadOnlySpan<string>)["db.query.text", "db.statement"])
        {
            if (
                activity.GetTagItem(tag) is string statement
                && (statement.Contains('\'', StringComparison.Ordinal) || statement.Contains("$$", StringComparison.Ordinal))
            )
            {
                activity.SetTag(tag, null);
            }
        }
    }
}
