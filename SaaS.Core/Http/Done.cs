using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace SaaS.Core.Http;

/// <summary>That something was done which leaves nothing to show.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Message">One sentence for people.</param>
public sealed record Done(bool Success, string Message)
{
    public static Ok<Done> Ok(string message) => TypedResults.Ok(new Done(true, message));
}
