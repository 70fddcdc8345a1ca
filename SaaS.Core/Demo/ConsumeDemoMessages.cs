using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;

namespace SaaS.Core.Demo;

/// <summary>The consumed demo messages of the current user.</summary>
/// <param name="Status">Always running.</param>
/// <param name="MessageCount">Number of returned messages.</param>
/// <param name="BufferSize">Number of messages that are kept for each sender.</param>
/// <param name="Messages">The messages, newest first.</param>
/// <param name="Note">Which messages are left out.</param>
public sealed record DemoMessageList(string Status, int MessageCount, int BufferSize, IReadOnlyList<DemoMessage> Messages, string Note);

internal static class ConsumeDemoMessages
{
    internal static void Map(RouteGroupBuilder demo) => demo.MapGet("/consume", Handle).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Lists the current user's demo messages that were consumed since this process started, newest first.</summary>
    /// <param name="limit">Maximum number of messages: 1 to 50, default 10.</param>
    internal static Ok<ApiResponse<DemoMessageList>> Handle([Range(1, 50)] int? limit, CurrentUser currentUser, DemoMessages messages)
    {
        var mine = messages.GetBySender(currentUser.UserId, limit ?? DemoMessages.Capacity);
        return ApiResponse.Ok(
            new DemoMessageList("running", mine.Count, DemoMessages.Capacity, mine, "Other senders' messages are not shown"),
            "Messages retrieved"
        );
    }
}
