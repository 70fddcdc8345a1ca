using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Http;

namespace SaaS.Core.Demo;

/// <summary>The caller's messages that came back.</summary>
/// <param name="Status">Always running.</param>
/// <param name="MessageCount">How many are shown.</param>
/// <param name="BufferSize">How many are kept for each sender.</param>
/// <param name="Messages">The messages, newest first.</param>
/// <param name="Note">What is not shown.</param>
public sealed record DemoMessageList(string Status, int MessageCount, int BufferSize, IReadOnlyList<DemoMessage> Messages, string Note);

internal static class ConsumeDemoMessages
{
    internal static void Map(RouteGroupBuilder demo) => demo.MapGet("/consume", Handle).ProducesProblem(HttpProblems.BadRequest);

    /// <summary>Shows the caller's messages that came back over the transport since this process started, newest first.</summary>
    /// <param name="limit">How many at most: 1 to 50, 10 unless given.</param>
    internal static Ok<ApiResponse<DemoMessageList>> Handle([Range(1, 50)] int? limit, CurrentUser currentUser, DemoMessages messages)
    {
        var mine = messages.Of(currentUser.UserId, limit ?? DemoMessages.Kept);
        return ApiResponse.Ok(new DemoMessageList("running", mine.Count, DemoMessages.Kept, mine, "Other senders' messages are not shown"), "Messages retrieved");
    }
}
